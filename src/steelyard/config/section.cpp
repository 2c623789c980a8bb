#include "steelyard/config/section.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/base/nearest.hpp"

namespace steelyard::config {
namespace {

constexpr std::size_t kMaxShown = 100;
constexpr std::size_t kMaxShownBytes = 100;

std::optional<std::int64_t> as_signed(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return *number;
  return std::nullopt;
}

std::optional<std::uint64_t> as_unsigned(const Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value.data)) return *number;
  const auto number = as_signed(value);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<double> as_fraction(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (const auto number = as_signed(value)) return static_cast<double>(*number);
  if (const auto number = as_unsigned(value)) return static_cast<double>(*number);
  return std::nullopt;
}

template <class Number>
std::string range(std::string_view kind, Number min, Number max) {
  using Limits = std::numeric_limits<Number>;
  if (max == Limits::max() && min == Limits::lowest()) return std::string(kind);
  if (max == Limits::max()) return fmt::format("{} of at least {}", kind, min);
  return fmt::format("{} from {} to {}", kind, min, max);
}

std::string_view shortened(std::string_view name) {
  return name.substr(0, kMaxShownBytes);
}

/// For a terminal: no control character of the file reaches it.
std::string shown(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace

std::optional<std::string> wrong_name(std::string_view text) {
  if (is_valid_name(text)) return std::nullopt;
  return "must be a name: 1 to 200 of the characters A-Z a-z 0-9 . _ : / @ - without a dash in "
         "front";
}

Section::Section(const Value& value, std::string path, std::vector<Mistake>& mistakes)
    : object_(std::get_if<Value::Object>(&value.data)),
      place_(value.place),
      path_(std::move(path)),
      mistakes_(mistakes) {
  if (object_ == nullptr) mistakes_.push_back({place_, path_, "must be an object: { … }"});
}

Section::~Section() {
  if (object_ != nullptr) report_unknown();
}

void Section::report_unknown() {
  for (const Member& member : *object_) {
    if (std::ranges::find(known_, member.name) != known_.end()) continue;
    const std::string near = base::nearest(shortened(member.name), known_);
    mistakes_.push_back({member.place, path_of(member.name),
                         near.empty()
                             ? "there is no such setting"
                             : fmt::format("there is no such setting, did you mean '{}'?", near)});
  }
}

std::string Section::path_of(std::string_view name) const {
  return path_.empty() ? std::string(shortened(name))
                       : fmt::format("{}.{}", path_, shortened(name));
}

const Member* Section::find(std::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const auto found = std::ranges::find(*object_, name, &Member::name);
  return found == object_->end() ? nullptr : &*found;
}

const Member* Section::take(std::string_view name) {
  known_.emplace_back(name);
  return find(name);
}

void Section::mistake(std::string_view name, const std::string& text) {
  if (object_ == nullptr) return;
  const Member* const member = find(name);
  mistakes_.push_back({member == nullptr ? place_ : member->value.place, path_of(name), text});
}

void Section::mistake(const std::string& text) {
  if (object_ != nullptr) mistakes_.push_back({place_, path_, text});
}

void Section::flag(std::string_view name, bool& value) {
  const Member* const member = take(name);
  if (member == nullptr) return;
  const auto* const read = std::get_if<bool>(&member->value.data);
  if (read == nullptr) return mistake(name, "must be true or false");
  value = *read;
}

void Section::text(std::string_view name, std::string& value, const Check& check) {
  const Member* const member = take(name);
  if (member == nullptr) return;
  const auto* const read = std::get_if<std::string>(&member->value.data);
  if (read == nullptr) return mistake(name, "must be a text: \"…\"");
  if (const auto wrong = check ? check(*read) : std::nullopt) return mistake(name, *wrong);
  value = *read;
}

void Section::texts(std::string_view name, std::vector<std::string>& values, const Check& check) {
  const Member* const member = take(name);
  if (member == nullptr) return;
  const auto* const list = std::get_if<Value::Array>(&member->value.data);
  if (list == nullptr) return mistake(name, "must be a list of texts: [\"…\"]");
  std::vector<std::string> read;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Value& one = (*list)[i];
    const auto* const text = std::get_if<std::string>(&one.data);
    std::optional<std::string> wrong;
    if (text == nullptr) wrong = "must be a text: \"…\"";
    if (!wrong && check) wrong = check(*text);
    if (wrong) {
      mistakes_.push_back({one.place, fmt::format("{}[{}]", path_of(name), i), *wrong});
    } else {
      read.push_back(*text);
    }
  }
  values = std::move(read);
}

std::optional<double> Section::fraction(std::string_view name, double min, double max) {
  const Member* const member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto number = as_fraction(member->value);
  if (number && *number >= min && *number <= max) return number;
  mistake(name, "must be " + range("a number", min, max));
  return std::nullopt;
}

std::optional<std::int64_t> Section::signed_number(std::string_view name, std::int64_t min,
                                                   std::int64_t max) {
  const Member* const member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto number = as_signed(member->value);
  if (number && *number >= min && *number <= max) return number;
  mistake(name, "must be " + range("a whole number", min, max));
  return std::nullopt;
}

std::optional<std::uint64_t> Section::unsigned_number(std::string_view name, std::uint64_t min,
                                                      std::uint64_t max) {
  const Member* const member = take(name);
  if (member == nullptr) return std::nullopt;
  const auto number = as_unsigned(member->value);
  if (number && *number >= min && *number <= max) return number;
  mistake(name, "must be " + (max == UINT64_MAX ? fmt::format("a whole number of at least {}", min)
                                                : range("a whole number", min, max)));
  return std::nullopt;
}

void Section::section(std::string_view name, const std::function<void(Section&)>& read) {
  const Member* const member = take(name);
  if (member == nullptr) return;
  Section below(member->value, path_of(name), mistakes_);
  read(below);
}

void Section::list(std::string_view name, const std::function<void(Section&)>& read) {
  const Member* const member = take(name);
  if (member == nullptr) return;
  const auto* const list = std::get_if<Value::Array>(&member->value.data);
  if (list == nullptr) return mistake(name, "must be a list of objects: [{ … }]");
  for (std::size_t i = 0; i < list->size(); ++i) {
    Section below((*list)[i], fmt::format("{}[{}]", path_of(name), i), mistakes_);
    read(below);
  }
}

const Value* Section::value(std::string_view name) {
  const Member* const member = take(name);
  return member == nullptr ? nullptr : &member->value;
}

void Section::each(const std::function<void(const Member&)>& read) {
  if (object_ == nullptr) return;
  for (const Member& member : *object_) {
    known_.push_back(member.name);
    read(member);
  }
}

void Section::said(const std::function<void(const Member&)>& look) const {
  if (object_ == nullptr) return;
  for (const Member& member : *object_) look(member);
}

std::string describe(std::string_view file, std::vector<Mistake> mistakes) {
  std::ranges::stable_sort(mistakes, {}, &Mistake::place);
  std::string text;
  for (std::size_t i = 0; i < std::min(mistakes.size(), kMaxShown); ++i) {
    const Mistake& mistake = mistakes[i];
    text += fmt::format("{}:{}:{}: {}{}{}\n", file, mistake.place.line, mistake.place.column,
                        shown(mistake.path), mistake.path.empty() ? "" : ": ", shown(mistake.text));
  }
  if (mistakes.size() > kMaxShown) {
    text += fmt::format("{}: and {} more mistakes\n", file, mistakes.size() - kMaxShown);
  }
  return text;
}

}  // namespace steelyard::config
