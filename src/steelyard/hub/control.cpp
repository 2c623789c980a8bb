#include "steelyard/hub/control.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace steelyard::hub {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxConnections = 8;
constexpr std::size_t kMaxPaths = 1'000;
constexpr std::size_t kMaxNameBytes = 40;  // with all that stands around it at most 107
constexpr std::chrono::seconds kPatience{5};
constexpr std::string_view kEnding = ".control";

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

tl::unexpected<Error> path_failure(const std::string& path, const std::string& why) {
  return failure(ErrorCode::SystemError, fmt::format("{}: {}", path, why));
}

/// Whether the other end is the user that this program runs as, or root.
bool is_allowed(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

bool wait_for(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd polled{socket, events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool send_all(int socket, std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno != EINTR && errno != EAGAIN) {
      return false;
    } else if (!wait_for(socket, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

/// What has come; false: the other end has gone.
bool receive_some(int socket, std::string& into) {
  std::array<char, 4096> buffer;
  ssize_t size = 0;
  do {
    size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size > 0) into.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && errno == EAGAIN);
}

/// The process in "NAME.PROCESS.control"; 0: there is none.
pid_t process_in(const std::string& path) {
  const std::string_view stem(path.data(), path.size() - kEnding.size());
  pid_t process = 0;
  const std::size_t dot = stem.rfind('.');
  std::from_chars(stem.data() + dot + 1, stem.data() + stem.size(), process);
  return process;
}

/// Whether nobody listens there any more, and the process that did has gone.
bool is_left_over(const std::string& path) {
  const pid_t process = process_in(path);
  if (process <= 0 || ::kill(process, 0) == 0 || errno != ESRCH) return false;
  const auto address = address_of(path);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!address || !socket.valid()) return false;
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  return ::connect(socket.get(), generic, sizeof *address) != 0 && errno == ECONNREFUSED;
}

}  // namespace

std::string control_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT: nobody changes the environment
  if (runtime != nullptr && *runtime == '/') return std::string(runtime) + "/steelyard";
  return fmt::format("/tmp/steelyard-{}", ::geteuid());
}

Result<std::string> make_control_path(const std::string& name) {
  const std::string folder = control_folder();
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_failure("cannot make " + folder, errno);
  }
  struct stat info {};
  const bool is_known = ::lstat(folder.c_str(), &info) == 0;
  if (!is_known || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 077U) != 0) {
    return path_failure(folder,
                        "is not a folder that only this user may look into; remove it, or "
                        "say another place with --control");
  }
  // What killed programs left would be asked again and again.
  for (const std::string& path : control_paths()) {
    if (is_left_over(path)) ::unlink(path.c_str());
  }
  std::string file = name.substr(0, kMaxNameBytes);
  std::ranges::replace(file, '/', '_');
  // Two names that became alike are still two files.
  if (file != name) file += fmt::format("-{:08x}", std::hash<std::string>()(name) & 0xffff'ffffU);
  return fmt::format("{}/{}.{}{}", folder, file, ::getpid(), kEnding);
}

std::vector<std::string> control_paths() {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator at(control_folder(), error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (!at->path().native().ends_with(kEnding)) continue;
    paths.push_back(at->path());
    if (paths.size() == kMaxPaths) break;
  }
  std::ranges::sort(paths);
  return paths;
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return path_failure(path, "is too long for a socket, at most 107 bytes");
  if (auto made = zmq_runtime::IpcFile::make_way("ipc://" + path); !made) {
    return tl::unexpected(made.error());
  }
  FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return system_failure("cannot make a control socket", errno);
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::bind(listener.get(), generic, sizeof *address) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
      ::listen(listener.get(), kMaxConnections) != 0) {
    return system_failure("cannot listen at " + path, errno);
  }
  return std::unique_ptr<ControlSocket>(new ControlSocket(path, std::move(listener)));
}

std::vector<int> ControlSocket::descriptors() const {
  std::vector<int> descriptors;
  // One more connection waits until one of these has ended.
  if (connections_.size() < kMaxConnections) descriptors.push_back(listener_.get());
  for (const Connection& connection : connections_) descriptors.push_back(connection.socket.get());
  return descriptors;
}

void ControlSocket::work(const std::function<std::string(const std::string&)>& answer) {
  accept_all();
  std::erase_if(connections_,
                [&answer](Connection& connection) { return serve(connection, answer); });
}

void ControlSocket::accept_all() {
  while (connections_.size() < kMaxConnections) {
    FileDescriptor socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    if (!is_allowed(socket.get())) continue;
    connections_.push_back({std::move(socket), {}, Clock::now() + kPatience});
  }
}

/// Returns whether the connection is done with.
bool ControlSocket::serve(Connection& connection,
                          const std::function<std::string(const std::string&)>& answer) {
  const bool is_there = receive_some(connection.socket.get(), connection.line);
  const std::size_t end = connection.line.find('\n');
  if (end != std::string::npos) {
    const std::string line = answer(connection.line.substr(0, end)) + "\n";
    static_cast<void>(send_all(connection.socket.get(), line, Clock::now() + kPatience));
    return true;
  }
  return !is_there || connection.line.size() > kMaxRequestBytes ||
         Clock::now() >= connection.deadline;
}

Result<std::string> call_control(const std::string& path, const std::string& line,
                                 std::chrono::milliseconds timeout) {
  const auto address = address_of(path);
  if (!address) return path_failure(path, "is too long for a socket, at most 107 bytes");
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return system_failure("cannot make a socket", errno);
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::connect(socket.get(), generic, sizeof *address) != 0) {
    return failure(ErrorCode::NotConnected,
                   fmt::format("nobody listens at {}: {}", path, std::strerror(errno)));  // NOLINT
  }
  // Who could take its place in a folder that all may write to could say anything.
  if (::geteuid() != 0 && !is_allowed(socket.get())) {
    return failure(ErrorCode::NotConnected, path + ": another user listens there");
  }
  const auto deadline = Clock::now() + timeout;
  if (!send_all(socket.get(), line + "\n", deadline)) {
    return failure(ErrorCode::NotConnected, path + ": it does not listen any more");
  }
  std::string answer;
  while (answer.find('\n') == std::string::npos) {
    if (!wait_for(socket.get(), POLLIN, deadline)) {
      return failure(ErrorCode::TimedOut, path + ": no answer in time");
    }
    if (!receive_some(socket.get(), answer) || answer.size() > kMaxAnswerBytes) {
      return failure(ErrorCode::NotConnected, path + ": it has gone without an answer");
    }
  }
  answer.resize(answer.find('\n'));
  return answer;
}

}  // namespace steelyard::hub
