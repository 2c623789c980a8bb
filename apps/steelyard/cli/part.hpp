#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "cli/user_weights.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/line_buffer.hpp"

namespace steelyard::cli {

/// This program once more, as a child with other arguments, for commands that need several
/// processes. It ends with its parent, however that one ends.
///
/// Thread safety: `next_line` and `end` from one thread; `interrupt`, `signal` and `pid` from any.
class Part {
 public:
  /// Starts `steelyard ARGUMENTS…`. Errors: SystemError; Stopped after `guard->kill_all()`.
  [[nodiscard]] static Result<std::unique_ptr<Part>> start(
      const std::vector<std::string>& arguments, std::shared_ptr<ChildGuard> guard);

  /// Waits for the next line of its standard output; nothing once it has ended. What it says on
  /// standard error is kept for `end`.
  [[nodiscard]] std::optional<std::string> next_line();

  /// Waits for a line that begins with `start` and returns the rest of it.
  /// Errors: when it ends first, saying how and with what words: InvalidArgument if it was used
  /// wrongly by its own exit status, otherwise SystemError.
  [[nodiscard]] Result<std::string> wait_for_line(std::string_view start);

  /// Asks it to stop, as Ctrl+C does. Nothing happens once it has ended.
  void interrupt();
  /// Sends it a signal. Nothing happens once it has ended.
  void signal(int number);

  /// Waits until it has ended, passing over its output; how, with the end of its standard error.
  [[nodiscard]] std::string end();

  [[nodiscard]] pid_t pid() const { return process_->pid(); }

 private:
  explicit Part(std::unique_ptr<ChildProcess> process) : process_(std::move(process)) {}
  void collect();

  std::unique_ptr<ChildProcess> process_;
  LineBuffer lines_;
  std::mutex mutex_;
  bool collected_ = false;  // guarded by mutex_; then its number may belong to somebody else
  ExitStatus status_{};     // once it has ended
};

/// `arguments` of a broker or worker that is to be read by its parent. What is empty is not said.
[[nodiscard]] std::vector<std::string> broker_arguments(const std::string& listen,
                                                        const UserWeights& weights = {},
                                                        const std::string& journal = {});

struct WorkerPart {
  std::string endpoint;
  std::string queue;
  std::string builtin;
  std::string name;
  std::uint32_t slots = 1;
};
[[nodiscard]] std::vector<std::string> worker_arguments(const WorkerPart& worker);

/// How this program is executed once more.
[[nodiscard]] std::string this_program();

/// What a broker and a worker say when they are ready; the endpoint follows the first.
inline constexpr std::string_view kListening = "listening on ";
inline constexpr std::string_view kReady = "ready: ";

}  // namespace steelyard::cli
