#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard {

/// One line that a process of `--lines` wrote, understood.
struct LinesAnswer {
  /// The job is still being worked on.
  struct Working {};
  /// A part of the result, ahead of the rest.
  struct Partial {
    std::string bytes;
  };
  /// The job is done.
  struct Done {
    std::string result;
  };
  /// The job failed.
  struct Failed {
    std::string text;
    bool retry = false;
  };
  /// The job ended because it was asked to stop.
  struct Stopped {};

  std::string id;                                ///< of the job that it answers
  std::optional<double> loaded_s;                ///< the job's state was loaded, in so many seconds
  bool load_failed = false;                      ///< the job's state could not be loaded
  std::uint64_t state_bytes = 0;                 ///< size of the job's state; 0: not measured
  std::optional<std::uint8_t> progress_percent;  ///< 0 to 100
  std::variant<Working, Partial, Done, Failed, Stopped, Forward> what;
};

/// The job as one line of JSON, ended by a newline: an object with `id`, `state`, `payload`,
/// `attempt` and `hop`, with `payload_base64` in place of `payload` when the payload is not UTF-8,
/// and `parts` when it has several.
[[nodiscard]] std::string encode_job_line(const Work& work);

/// "Let go of this state", which is answered by nothing: `{"evict":STATE}` and a newline.
[[nodiscard]] std::string encode_evict_line(std::string_view state);

/// "Load this state ahead of any job", which is answered under `id` with `loaded_s` or `error`:
/// `{"load":STATE,"id":ID}` and a newline.
[[nodiscard]] std::string encode_load_line(std::string_view state, std::string_view id);

/// "Stop this job", which is answered as the job always is, or with `stopped`: `{"cancel":ID}` and
/// a newline.
[[nodiscard]] std::string encode_cancel_line(std::string_view id);

/// Understands one answer, `line` without its newline.
///
/// It needs an `id` and at least one of `result`, `result_base64`, `parts`, `error`, `stopped`
/// (true), `partial`, `partial_base64`, `forward`, `progress` (0 to 100), `loaded_s`; `load_failed`
/// and `state_bytes` may come with any of them. A `result` or `partial` that is not a string is
/// handed on as its JSON text; a `forward` is an object with `queue`, a payload as jobs have it,
/// and perhaps `state`; an `error` of null is none. Unknown keys are ignored. Values may be nested
/// 32 deep.
/// Errors: Malformed; the context says what is wrong and shows the beginning of the line.
[[nodiscard]] Result<LinesAnswer> parse_answer_line(std::string_view line);

}  // namespace steelyard
