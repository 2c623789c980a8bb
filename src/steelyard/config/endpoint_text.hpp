#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace steelyard::config {

/// What is wrong with an endpoint, with the nearest right one; nothing when it is right.
[[nodiscard]] std::optional<std::string> wrong_endpoint(std::string_view text);

/// What is wrong with ADDRESS:PORT; nothing when it is right.
[[nodiscard]] std::optional<std::string> wrong_address(std::string_view text);

}  // namespace steelyard::config
