#include "fleet/real/check.hpp"

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "fleet/real/dns_lookup.hpp"
#include "fleet/real/http_get.hpp"
#include "fleet/real/tcp_check.hpp"

namespace fleet {
namespace {

constexpr std::string_view kDefaultName = "host.example";

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    throw std::runtime_error(fmt::format("'{}' is not a port from 1 to 65535", text));
  }
  return port;
}

void run(std::string_view verb, std::string_view argument, const std::string& address,
         const CheckOptions& options) {
  if (verb == "tcp-check") {
    tcp_check({address, parse_port(argument), options.timeout});
  } else if (verb == "http-get") {
    http_get({address, options.http_port, options.timeout}, argument);
  } else if (verb == "dns") {
    dns_lookup({address, options.dns_port, options.timeout},
               argument.empty() ? kDefaultName : argument);
  } else {
    throw std::runtime_error(fmt::format(
        "unknown command '{}'; there are tcp-check PORT, http-get PATH, dns [NAME]", verb));
  }
}

}  // namespace

Answer check(const Command& command, const CheckOptions& options) {
  const std::string_view text = command.text;
  const std::size_t blank = text.find(' ');
  const auto argument = blank == std::string_view::npos ? "" : text.substr(blank + 1);
  const auto start = std::chrono::steady_clock::now();
  run(text.substr(0, blank), argument, command.address, options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return {1, took.count()};
}

}  // namespace fleet
