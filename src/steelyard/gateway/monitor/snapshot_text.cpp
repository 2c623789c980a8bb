#include "steelyard/gateway/monitor/snapshot_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

constexpr auto npos = std::string_view::npos;

/// Behind the string that begins at `begin`.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  std::size_t at = text.find_first_of("\"\\", begin + 1);
  while (at != npos && text[at] == '\\') at = text.find_first_of("\"\\", at + 2);
  return at == npos ? npos : at + 1;
}

/// Behind the value that begins at `begin`: its brackets are only counted.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t at = begin; at < text.size();) {
    switch (text[at]) {
      case '"':
        at = end_of_string(text, at);
        if (at == npos) return npos;
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default:
        break;
    }
    ++at;
  }
  return npos;
}

}  // namespace

bool Tables::has(std::string_view name) const {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kNames[i] == name) return (bits >> i & 1U) != 0;
  }
  return true;
}

Result<Tables> Tables::read(std::string_view text) {
  Tables tables{.bits = 0};
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    const auto* const found = std::ranges::find(kNames, name);
    if (found == std::end(kNames)) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("tables: '{}' is none; there are queues, workers, users, states",
                                 printable(name.substr(0, 100))));
    }
    tables.bits |= 1U << (found - std::begin(kNames));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
  }
  return tables;
}

Result<SnapshotText> SnapshotText::read(std::string text) {
  SnapshotText snapshot(std::move(text));
  // A line end would end the event that the text is sent in.
  const bool is_one_line = snapshot.text_.find('\n') == npos && snapshot.text_.find('\r') == npos;
  if (!is_one_line || !snapshot.find_members()) {
    return failure(ErrorCode::Malformed, "the broker's snapshot is no JSON object on one line");
  }
  return snapshot;
}

bool SnapshotText::find_members() {
  const std::string_view text = text_;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return false;
  if (text == "{}") return true;
  std::size_t at = 0;
  do {  // at the bracket or comma in front of a member
    const std::size_t name = at + 1;
    if (name >= text.size() || text[name] != '"') return false;
    const std::size_t colon = end_of_string(text, name);
    if (colon == npos || colon >= text.size() || text[colon] != ':') return false;
    at = end_of_value(text, colon + 1);
    if (at == npos || at == colon + 1) return false;
    members_.push_back({{name + 1, colon - 1}, {colon + 1, at}});
  } while (text[at] == ',');
  return at + 1 == text.size() && text[at] == '}';
}

std::string_view SnapshotText::member(std::string_view name) const {
  for (const auto& [known, value] : members_) {
    if (at(known) == name) return at(value);
  }
  return {};
}

std::string SnapshotText::with(Tables tables) const {
  std::string text;
  text.reserve(text_.size());
  for (const auto& [name, value] : members_) {
    if (!tables.has(at(name))) continue;
    text.append(text.empty() ? "{\"" : ",\"").append(at(name)).append("\":").append(at(value));
  }
  return text.empty() ? "{}" : text.append("}");
}

}  // namespace steelyard::gateway
