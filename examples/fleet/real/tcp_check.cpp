#include "fleet/real/tcp_check.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "fleet/real/connection.hpp"

namespace fleet {
namespace {

constexpr std::size_t kMaxGreetingBytes = 500;

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

void tcp_check(const Target& target) {
  Connection connection = connect_to(target);
  std::array<char, kMaxGreetingBytes + 2> buffer{};  // and '\r' and the final zero
  connection.getline(buffer.data(), buffer.size());
  std::string_view greeting = buffer.data();
  if (!connection || connection.eof()) {
    throw std::runtime_error(greeting.empty() ? explain(connection, "no greeting")
                                              : "malformed greeting: the line does not end");
  }
  if (greeting.ends_with('\r')) greeting.remove_suffix(1);
  if (greeting.empty() || !std::all_of(greeting.begin(), greeting.end(), is_printable)) {
    throw std::runtime_error("malformed greeting: not a line of printable text");
  }
}

}  // namespace fleet
