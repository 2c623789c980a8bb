#include "measure/nginx.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure/http_connection.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kProgram = "/usr/sbin/nginx";
constexpr std::chrono::seconds kPatience{10};

/// One that nobody listens on now.
Result<std::uint16_t> free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    return system_failure("looking for a free port", errno);
  }
  return ntohs(address.sin_port);
}

std::string configuration(const std::string& folder, const std::string& address) {
  return fmt::format(
      "daemon off; worker_processes 2; pid {0}/pid; error_log stderr error;\n"
      "events {{ worker_connections 4096; }}\n"
      "http {{\n"
      "  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;\n"
      "  client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;\n"
      "  uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
      "  server {{ listen {1}; location / {{ return 200 \"ok\\n\"; }} }}\n"
      "}}\n",
      folder, address);
}

/// It says nothing when it is ready; it is asked until it takes a connection.
Result<void> wait_until_it_listens(const ChildProcess& process, const std::string& address) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const auto connected = HttpConnection::open(address);
    if (connected) return {};
    if (process.ended() || std::chrono::steady_clock::now() > deadline) {
      return failure(ErrorCode::SystemError, "nginx does not answer: " + connected.error().context);
    }
    const auto again = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
    static_cast<void>(process.wait_ready({.to_read = false, .deadline = again}));
  }
}

}  // namespace

bool Nginx::is_there() {
  return ::access(kProgram, X_OK) == 0;
}

Result<std::unique_ptr<Nginx>> Nginx::start(std::shared_ptr<ChildGuard> guard) {
  std::unique_ptr<Nginx> nginx(new Nginx);
  auto made = TemporaryFolder::make("steelyard-nginx");
  if (!made) return tl::unexpected(made.error());
  nginx->folder_ = std::move(*made);
  const std::string folder = nginx->folder_->path().string();
  const auto port = free_port();
  if (!port) return tl::unexpected(port.error());
  nginx->address_ = fmt::format("127.0.0.1:{}", *port);
  const std::string file = folder + "/nginx.conf";
  std::ofstream(file) << configuration(folder, nginx->address_) << std::flush;
  auto process = ChildProcess::spawn({{kProgram, "-p", folder, "-c", file}, {}}, std::move(guard));
  if (!process) return tl::unexpected(process.error());
  nginx->process_ = std::move(*process);
  if (auto ready = wait_until_it_listens(*nginx->process_, nginx->address_); !ready) {
    return tl::unexpected(ready.error());
  }
  return nginx;
}

}  // namespace steelyard::cli
