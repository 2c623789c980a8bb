#pragma once

#include <string>
#include <string_view>

namespace hello {

/// The name of the task, which is the queue that its jobs go through.
inline constexpr const char* kTask = "HELLO";

/// What a job of the task asks for: {"firstName":"Ada","lastName":"Lovelace"}
[[nodiscard]] std::string to_request(std::string_view first_name, std::string_view last_name);

/// The answer to it: {"greeting":"Hello Ada Lovelace"}
/// Throws std::invalid_argument, which names the field that is missing or no string, or says that
/// the request is not a JSON object.
[[nodiscard]] std::string greet(std::string_view request);

}  // namespace hello
