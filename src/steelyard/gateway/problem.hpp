#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/http/message.hpp"

/// Errors as JSON problem documents (RFC 9457), `application/problem+json`.
namespace steelyard::gateway {

struct Problem {
  unsigned status = 500;
  std::string code{};    ///< stable, for programs: "queue_full"; also the end of `type`
  std::string detail{};  ///< a sentence for people: what is wrong with this request, what to do
  std::optional<std::chrono::seconds> retry_after{};  ///< also as a header
};

/// The document has `type`, `title` (the status in words), `status`, `detail` and `code`.
[[nodiscard]] http::Response to_response(const Problem& problem);

/// What a job's error, or the broker's refusal, is over HTTP: 400 malformed, 404 unknown, 409 key
/// conflict, 413 too large, 429 user over its cap, 503 no room, draining or no broker, 504 timed
/// out, 500 the work failed.
/// `show_text`: the work's own error text is shown; otherwise only that it failed.
[[nodiscard]] Problem problem_of(const Error& error, bool show_text);

}  // namespace steelyard::gateway
