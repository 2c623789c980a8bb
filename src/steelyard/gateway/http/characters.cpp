#include "steelyard/gateway/http/characters.hpp"

#include <algorithm>
#include <array>

namespace steelyard::http {
namespace {

constexpr std::array<unsigned char, 256> kinds_of_characters() {
  std::array<unsigned char, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const auto in = [c](std::string_view set) {
      return set.find(static_cast<char>(c)) != std::string_view::npos;
    };
    unsigned kind = 0;
    const auto add = [&kind](Characters more) { kind |= static_cast<unsigned>(more); };
    if (alphanumeric || in("!#$%&'*+-.^_`|~")) add(Characters::Token);
    if (c > ' ' && c < 127 && c != '#') add(Characters::Target);
    if (c == '\t' || (c >= ' ' && c != 127)) add(Characters::Value);
    if (alphanumeric || in("-._~%!$&'()*+;=:[]")) add(Characters::Host);
    kinds[c] = static_cast<unsigned char>(kind);
  }
  return kinds;
}

constexpr auto kKinds = kinds_of_characters();

}  // namespace

bool consists_of(std::string_view text, Characters allowed) {
  return std::all_of(text.begin(), text.end(), [allowed](char c) {
    return (kKinds[static_cast<unsigned char>(c)] & static_cast<unsigned>(allowed)) != 0;
  });
}

}  // namespace steelyard::http
