#pragma once

#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/api/job_request.hpp"

namespace steelyard::gateway {

inline constexpr std::size_t kMaxBatchJsonDepth = 32;

/// A job as a line of a batch says it.
struct BatchLine {
  std::string queue;
  std::string payload;
  JobRequest job{};
};

/// Reads `{"queue":"q","payload":"text","priority":3}`: `payload` is a text, or any other JSON,
/// which is handed on as it is; `payload_base64` stands for bytes; the rest are kJobSettings, as
/// texts, numbers, booleans or, for tags, a list of names.
/// Errors: InvalidArgument, InvalidName, Malformed for what is no JSON object or nested deeper than
/// `kMaxBatchJsonDepth`, with the column at which that was seen.
[[nodiscard]] Result<BatchLine> read_batch_line(std::string_view line,
                                                std::chrono::milliseconds max_wait);

}  // namespace steelyard::gateway
