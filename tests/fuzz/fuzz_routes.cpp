// Any bytes as lines of patterns and requests: a pattern is taken or refused with a sentence, and a
// request finds what a naive model finds.
//
// "+METHOD,METHOD PATTERN" adds a route, "++METHOD PATTERN" one that takes encoded slashes; every
// other line "METHOD PATH" asks for one.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/route_table_model.test.hpp"

namespace {

using namespace steelyard::gateway;

constexpr RouteTable::Target kMostRoutes = 50;  // the model is slow

std::string cut(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  std::string piece(text.substr(0, length));
  text.remove_prefix(std::min(length + 1, text.size()));
  return piece;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) words.push_back(cut(text, ','));
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  RouteTable table;
  RouteTableModel model;
  RouteTable::Target next = 0;
  while (!text.empty()) {
    const std::string line = cut(text, '\n');
    std::string_view rest = line;
    const std::string first = cut(rest, ' ');
    if (!first.starts_with('+')) {
      STEELYARD_ASSERT(text_of(table.match(first, rest)) == text_of(model.match(first, rest)));
    } else if (next < kMostRoutes) {
      const bool takes = first.starts_with("++");
      const auto slashes = takes ? RouteTable::Slashes::Taken : RouteTable::Slashes::Refused;
      const std::vector<std::string> methods = split(std::string_view(first).substr(takes ? 2 : 1));
      const auto added = table.add(rest, methods, next, slashes);
      STEELYARD_ASSERT(added || !added.error().context.empty());
      if (added) model.add(std::string(rest), methods, next++, slashes);
    }
  }
  return 0;
}
