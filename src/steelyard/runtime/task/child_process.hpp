#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/exec_plan.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"
#include "steelyard/runtime/task/tail_buffer.hpp"
#include "steelyard/runtime/task/text_lines.hpp"

namespace steelyard {

/// How much of a child's standard error is kept: its end, where the reason usually stands.
inline constexpr std::size_t kStderrEndBytes = 2048;
/// Of a line of a child's standard error, for who is told of those.
inline constexpr std::size_t kMaxStderrLineBytes = 2000;

/// How a process ended.
struct ExitStatus {
  enum class Kind : unsigned char {
    Exited,     ///< by itself; `value` is its exit status
    Signalled,  ///< `value` is the signal that killed it
    Unknown,    ///< somebody else in this program collected it
  };
  Kind kind = Kind::Unknown;
  int value = 0;

  /// Whether it exited with status 0.
  [[nodiscard]] bool success() const { return kind == Kind::Exited && value == 0; }
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

/// "exit status 3", "killed by signal 9 (SIGKILL)".
[[nodiscard]] std::string to_string(const ExitStatus& status);

/// What the system allows a child, and what that starts.
struct ChildLimits {
  std::int32_t nice = 0;  ///< added to this process's own
  /// Of the data of each process (RLIMIT_DATA): more cannot be allocated. 0: as this process's own.
  std::uint64_t data_bytes = 0;
};

/// What to start.
struct ChildCommand {
  std::vector<std::string> words{};  ///< the program (looked up in PATH) and its arguments
  Environment environment{};         ///< in addition to this process's own
  ChildLimits limits{};
  /// Told each line of its standard error when that is read (read_errors, end_by), fit for a
  /// terminal; null: nobody is. It must not throw.
  std::function<void(std::string_view line)> said{};
};

/// What a loop that watches many children polls for reading, -1 where there is nothing any more.
struct ChildDescriptors {
  int output = -1;
  int errors = -1;
  int exit = -1;  ///< readable once it has ended
};

/// What a caller waits for; see ChildProcess::wait_ready.
struct ChildWait {
  bool to_write = false;  ///< its standard input
  bool to_read = true;    ///< its standard output and its end; false: it has to wait with both
  int wake_fd = -1;       ///< something else that becomes readable; -1: nothing
  std::optional<std::chrono::steady_clock::time_point> deadline{};  ///< nullopt: for ever
};

/// What a child is ready for; all false at the deadline. See ChildProcess::wait_ready.
struct ChildReady {
  bool input = false;   ///< its standard input takes bytes, or is closed at its end
  bool output = false;  ///< its standard output has bytes, or has ended
  bool errors = false;  ///< its standard error has bytes, or has ended
  bool ended = false;   ///< it has ended; what it wrote is in the pipes
  bool woken = false;   ///< `wake_fd` is readable
};

/// A guarded child with pipes at its standard input, output and error.
///
/// It leads a session of its own, so that the terminal's Ctrl+C does not reach it and it cannot
/// read from the terminal; it inherits no other files. When it ends, what it left behind in its
/// process group is killed.
/// The pipes never block on this side; a caller's loop is `wait_ready`, then a call per ready pipe.
/// Thread safety: none, but several objects may be used by several threads.
class ChildProcess {
 public:
  /// Starts `command` and waits until it has been executed.
  /// Requires: `guard` is not null and `command.words` is not empty (asserted).
  /// Errors: InvalidArgument for a zero byte in a word; Stopped after `guard->kill_all()`;
  /// SystemError when it does not exist, is not executable, or the system refuses, also the limits.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> spawn(
      ChildCommand command, std::shared_ptr<ChildGuard> guard);

  /// Kills it when it still runs, and collects it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Waits until one of its pipes, its end or the wake needs attention, or until the deadline.
  /// After its end it returns at once, if that is waited for.
  [[nodiscard]] ChildReady wait_ready(const ChildWait& wait) const;
  /// The same without a wake and a deadline.
  [[nodiscard]] ChildReady wait_ready(bool to_write) const {
    return wait_ready(ChildWait{.to_write = to_write});
  }
  /// Whether it has ended by now.
  [[nodiscard]] bool ended() const;

  /// Writes what its standard input takes now; returns the number of bytes taken. When it does not
  /// read any more, the input is closed and 0 returned.
  std::size_t write_input(std::string_view bytes);
  /// Its standard input ends here.
  void close_input() { input_.close(); }
  /// Whether its standard input can still be written to.
  [[nodiscard]] bool input_open() const { return input_.valid(); }

  /// Appends at most `max_bytes` of what stands in its standard output now (one read) and returns
  /// how many; 0 when there is nothing now or at its end, which closes it.
  std::size_t read_output(std::string& into, std::size_t max_bytes);
  /// Whether more output may come.
  [[nodiscard]] bool output_open() const { return output_.valid(); }

  /// Reads what stands in its standard error now (one read), tells its lines and keeps the end of
  /// all; returns how many bytes were read.
  std::size_t read_errors();
  /// The same, and appends to `into` what was read, at most `max_bytes`.
  std::size_t read_errors(std::string& into, std::size_t max_bytes);

  /// For a loop of the caller's own, instead of `wait_ready`. They are the child's.
  [[nodiscard]] ChildDescriptors descriptors() const {
    return {output_.get(), errors_.get(), exit_.get()};
  }

  /// Asks it and its process group to end (SIGTERM).
  void terminate() const;
  /// Kills it with its process group. It still has to be waited for.
  void kill() const;
  /// How it ended, or nothing when it still runs at `deadline`. Collects it.
  std::optional<ExitStatus> wait_until(std::chrono::steady_clock::time_point deadline);
  /// Waits until `deadline`, kills it when it still runs then, and reads the rest of its standard
  /// error, so that `describe_end` knows all and the last line is told.
  ExitStatus end_by(std::chrono::steady_clock::time_point deadline);

  /// After its end: how it ended with the end of its standard error, for an error text:
  /// "exit status 3: no such model".
  [[nodiscard]] std::string describe_end() const;
  /// The same of an end that nobody expected:
  /// "ended by signal 11 (Segmentation fault); last output: loading".
  [[nodiscard]] std::string describe_death() const;

 private:
  ChildProcess(pid_t pid, std::shared_ptr<ChildGuard> guard)
      : pid_(pid), guard_(std::move(guard)) {}
  Result<void> watch(Pipe& input, Pipe& output, Pipe& errors);
  void collect();
  void hear(std::string_view bytes);
  [[nodiscard]] std::string last_words() const;

  pid_t pid_;
  std::shared_ptr<ChildGuard> guard_;
  FileDescriptor exit_;  // readable once the process has ended
  FileDescriptor input_;
  FileDescriptor output_;
  FileDescriptor errors_;
  TailBuffer error_end_{kStderrEndBytes};
  TextLines error_lines_{kMaxStderrLineBytes};
  TextLines::Take said_;  // null: the lines are of no interest
  std::optional<ExitStatus> status_;
};

}  // namespace steelyard
