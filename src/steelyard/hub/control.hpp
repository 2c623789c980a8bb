#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"
#include "steelyard/runtime/zmq/ipc_file.hpp"

namespace steelyard::hub {

/// A request and an answer on a control socket: one line each.
inline constexpr std::size_t kMaxRequestBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{4} << 20;

/// Where control sockets are found: `$XDG_RUNTIME_DIR/steelyard`, or `/tmp/steelyard-UID`.
[[nodiscard]] std::string control_folder();
/// A path there for a program of this name; what killed programs left there is removed. Errors:
/// SystemError when the folder cannot be made, or is not the user's alone.
[[nodiscard]] Result<std::string> make_control_path(const std::string& name);
/// All sockets there, at most 1,000.
[[nodiscard]] std::vector<std::string> control_paths();

/// A socket of the local machine on which the user that a program runs as tells it something.
///
/// Each connection is one line that is answered by one line. Others than the user and root are not
/// listened to. At most 8 connections, each for 5 s.
/// Thread safety: none. The file goes with the object.
class ControlSocket {
 public:
  /// Takes the place of a socket whose program has gone.
  /// Errors: SystemError when a program listens there, or the path cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<ControlSocket>> open(const std::string& path);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  /// To be polled for reading.
  [[nodiscard]] std::vector<int> descriptors() const;
  /// Takes what has come, and has `answer` answer each line.
  void work(const std::function<std::string(const std::string&)>& answer);

 private:
  struct Connection {
    FileDescriptor socket;
    std::string line;
    std::chrono::steady_clock::time_point deadline;
  };
  ControlSocket(const std::string& path, FileDescriptor listener)
      : listener_(std::move(listener)), file_("ipc://" + path) {}
  void accept_all();
  static bool serve(Connection& connection,
                    const std::function<std::string(const std::string&)>& answer);

  FileDescriptor listener_;
  std::vector<Connection> connections_;
  zmq_runtime::IpcFile file_;  // last: it goes before nobody listens
};

/// Says one line to the program at `path` and returns its answer.
/// Errors: NotConnected when nobody listens there; TimedOut; SystemError.
[[nodiscard]] Result<std::string> call_control(const std::string& path, const std::string& line,
                                               std::chrono::milliseconds timeout);

}  // namespace steelyard::hub
