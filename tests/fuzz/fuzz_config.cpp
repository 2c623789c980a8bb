// Any bytes as a configuration: it is read, or each mistake has a place in it and a sentence.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/config/section.hpp"

namespace {

using namespace steelyard;

void read(config::Section& section, int depth) {
  if (depth == 0) return;
  bool flag = false;
  std::string text;
  std::vector<std::string> texts;
  double fraction = 1;
  std::int32_t number = 1;
  section.flag("flag", flag);
  section.text("text", text);
  section.texts("texts", texts);
  section.number("fraction", fraction, 0.0, 2.0);
  section.number("number", number, -1, 2);
  STEELYARD_ASSERT(fraction >= 0 && fraction <= 2 && number >= -1 && number <= 2);
  section.section("section", [depth](config::Section& below) { read(below, depth - 1); });
  section.list("list", [depth](config::Section& below) { read(below, depth - 1); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config::Document document = config::parse(text);
  if (document.mistakes.empty()) {
    config::Section all(document.root, "", document.mistakes);
    read(all, 3);
  }
  const std::size_t lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  for (const config::Mistake& mistake : document.mistakes) {
    STEELYARD_ASSERT(!mistake.text.empty() && mistake.place.line <= lines + 1);
    STEELYARD_ASSERT(mistake.place.column >= 1 && mistake.place.column <= size + 1);
  }
  const std::string said = config::describe("f", document.mistakes);
  STEELYARD_ASSERT(said.empty() == document.mistakes.empty());
  return 0;
}
