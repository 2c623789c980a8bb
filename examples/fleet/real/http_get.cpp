#include "fleet/real/http_get.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include "fleet/real/connection.hpp"
#include "fleet/real/http_reply.hpp"

namespace fleet {
namespace {

constexpr std::size_t kMaxReplyBytes = std::size_t{1} << 20;

bool is_path(std::string_view text) {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string read_all(Connection& connection) {
  std::string all;
  std::array<char, 4096> buffer{};
  while (connection.read(buffer.data(), buffer.size()) || connection.gcount() > 0) {
    all.append(buffer.data(), static_cast<std::size_t>(connection.gcount()));
    if (all.size() > kMaxReplyBytes) throw std::runtime_error("the reply is longer than 1 MiB");
  }
  if (connection.error() && connection.error() != boost::asio::error::eof) {
    throw std::runtime_error(explain(connection, "no complete reply"));
  }
  return all;
}

}  // namespace

void http_get(const Target& target, std::string_view path) {
  if (!is_path(path)) throw std::runtime_error(fmt::format("'{}' is no path such as /", path));
  Connection connection = connect_to(target);
  connection << fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", path,
                            target.address)
             << std::flush;
  const auto reply = parse_http_reply(read_all(connection));
  if (!reply) throw std::runtime_error(describe(reply.error()));
  if (reply->status < 200 || reply->status > 299) {
    throw std::runtime_error(fmt::format("{} answered with status {}", path, reply->status));
  }
}

}  // namespace fleet
