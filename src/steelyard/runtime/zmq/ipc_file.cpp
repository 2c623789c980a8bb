#include "steelyard/runtime/zmq/ipc_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace steelyard::zmq_runtime {
namespace {

/// The path of an `ipc://` endpoint; empty for any other, and for those without a file.
std::string path_of(const std::string& endpoint) {
  constexpr std::string_view kIpc = "ipc://";
  if (!endpoint.starts_with(kIpc)) return "";
  std::string path = endpoint.substr(kIpc.size());
  const bool has_file = !path.starts_with('@') && path != "*";
  return has_file ? path : "";
}

/// Whether a program accepts connections at the socket `path`.
bool is_listened_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return true;  // it cannot be told, so nothing is taken away
  const int answer = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool refused = answer != 0 && errno == ECONNREFUSED;
  close(probe);
  return !refused;
}

}  // namespace

Result<void> IpcFile::make_way(const std::string& endpoint) {
  const std::string path = path_of(endpoint);
  struct stat file {};
  // The transport would remove the file before it finds that out.
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return failure(ErrorCode::SystemError, "'" + endpoint + "': File name too long");
  }
  if (path.empty() || lstat(path.c_str(), &file) != 0) return {};
  if (!S_ISSOCK(file.st_mode)) {
    return failure(ErrorCode::SystemError, "'" + endpoint + "': a file is there that is no socket");
  }
  if (is_listened_to(path)) {
    return failure(ErrorCode::SystemError, "'" + endpoint + "': Address already in use");
  }
  unlink(path.c_str());
  return {};
}

IpcFile::IpcFile(const std::string& endpoint) : path_(path_of(endpoint)) {
  struct stat file {};
  if (!path_.empty() && lstat(path_.c_str(), &file) == 0) {
    device_ = file.st_dev;
    inode_ = file.st_ino;
  }
}

IpcFile::IpcFile(IpcFile&& other) noexcept
    : path_(std::exchange(other.path_, "")), device_(other.device_), inode_(other.inode_) {}

IpcFile::~IpcFile() {
  struct stat file {};
  if (path_.empty() || lstat(path_.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) unlink(path_.c_str());
}

}  // namespace steelyard::zmq_runtime
