#pragma once

#include <mutex>
#include <string_view>

#include "steelyard/runtime/task/program_line.hpp"
#include "steelyard/runtime/task/task.hpp"
#include "steelyard/runtime/task/text_lines.hpp"

namespace steelyard::cli {

/// Writes into the worker's log what its program says.
///
/// At most 50 lines and 16 KiB in a second are written, of all its processes together; how many
/// were left out is said. Thread safety: any thread.
class ProgramLog {
 public:
  ProgramLog() = default;
  /// Says how many lines were left out in the last second.
  ~ProgramLog();
  ProgramLog(const ProgramLog&) = delete;
  ProgramLog& operator=(const ProgramLog&) = delete;

  /// Writes a line that the program wrote.
  void said(const ProgramLine& line);
  /// Says how many lines were left out, once their second is over. To be called now and then.
  void second_passed();

 private:
  std::mutex mutex_;
  LineRate rate_{LineRateLimits{}};  // guarded by mutex_
};

/// The same function; under which jobs the program died, and for which it could not load the state,
/// is written into the log.
[[nodiscard]] TaskFunction with_failures_logged(TaskFunction function);

}  // namespace steelyard::cli
