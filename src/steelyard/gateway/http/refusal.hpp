#pragma once

#include <string>

#include "steelyard/gateway/http/message.hpp"

namespace steelyard::http {

/// What is wrong with a request, or with its client's patience: answered without asking a handler.
struct Refusal {
  unsigned status = 400;
  const char* code = "malformed";  ///< stable, for programs
  const char* detail = "";         ///< a sentence for people
};

inline constexpr Refusal kBodyTooLarge{413, "payload_too_large",
                                       "The body is larger than this server takes."};

/// A problem document (RFC 9457); with 503 comes `Retry-After`.
[[nodiscard]] Response to_response(const Refusal& refusal);

/// The status in words, "Not Found"; empty for those that have none.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

}  // namespace steelyard::http
