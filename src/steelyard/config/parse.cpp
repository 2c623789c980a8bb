#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "steelyard/config/value.hpp"

namespace steelyard::config {
namespace {

namespace json = boost::json;
using ErrorCode = boost::system::error_code;

/// Where the text is, byte by byte, and where the last value or name began.
class Tracker {
 public:
  /// Requires: called before the parser sees `c`.
  void see(char c) {
    here_ = next_;
    if (c == '\n') {
      next_ = {here_.line + 1, 1};
    } else {
      ++next_.column;
    }
    step(c);
  }
  [[nodiscard]] Place here() const { return here_; }
  [[nodiscard]] Place next() const { return next_; }
  [[nodiscard]] Place begin() const { return begin_; }
  /// Whether a number or a name such as `true` may go on after what was seen.
  [[nodiscard]] bool is_in_word() const { return in_ == In::Word; }

 private:
  enum class In : unsigned char { Between, Word, Text, Escape };

  void step(char c) {
    switch (in_) {
      case In::Between:
      case In::Word:
        return step_between(c);
      case In::Text:
        if (c == '\\') in_ = In::Escape;
        if (c == '"') in_ = In::Between;
        return;
      case In::Escape:
        in_ = In::Text;
        return;
    }
  }

  void step_between(char c) {
    if (std::string_view(" \t\r\n,:]}").find(c) != std::string_view::npos) {
      in_ = In::Between;
    } else if (c == '"' || c == '{' || c == '[') {
      begin_ = here_;
      in_ = c == '"' ? In::Text : In::Between;
    } else {
      if (in_ == In::Between) begin_ = here_;
      in_ = In::Word;
    }
  }

  Place here_{};
  Place next_{};
  Place begin_{};
  In in_ = In::Between;
};

/// Builds the tree from what the parser finds.
class Builder {
 public:
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  Builder(const Tracker& tracker, std::vector<Mistake>& mistakes)
      : tracker_(tracker), mistakes_(mistakes) {}

  Value take_root() { return std::move(root_); }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) { return open(Value::Object()); }
  bool on_object_end(std::size_t, ErrorCode&) { return close(); }
  bool on_array_begin(ErrorCode&) { return open(Value::Array()); }
  bool on_array_end(std::size_t, ErrorCode&) { return close(); }
  bool on_key_part(json::string_view part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_key(json::string_view rest, std::size_t, ErrorCode&) {
    collect(rest);
    levels_.back().name = {std::exchange(text_, {}), tracker_.begin(), {}};
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_string(json::string_view rest, std::size_t, ErrorCode&) {
    collect(rest);
    return add(std::exchange(text_, {}));
  }
  bool on_number_part(json::string_view, ErrorCode&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, ErrorCode&) { return add(number); }
  bool on_uint64(std::uint64_t number, json::string_view, ErrorCode&) { return add(number); }
  bool on_double(double number, json::string_view, ErrorCode&) { return add(number); }
  bool on_bool(bool value, ErrorCode&) { return add(value); }
  bool on_null(ErrorCode&) { return add(nullptr); }
  bool on_comment_part(json::string_view, ErrorCode&) { return true; }
  bool on_comment(json::string_view, ErrorCode&) { return true; }

 private:
  struct Level {
    Value value;
    Member name{};  ///< of what comes next, in an object
    std::set<std::string> names{};
  };

  bool collect(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  template <class Data>
  bool add(Data data) {
    return put({tracker_.begin(), std::move(data)});
  }

  template <class Data>
  bool open(Data data) {
    levels_.push_back({{tracker_.begin(), std::move(data)}});
    return true;
  }

  bool close() {
    Value value = std::move(levels_.back().value);
    levels_.pop_back();
    return put(std::move(value));
  }

  bool put(Value value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (auto* array = std::get_if<Value::Array>(&levels_.back().value.data)) {
      array->push_back(std::move(value));
    } else {
      put_member(levels_.back(), std::move(value));
    }
    return true;
  }

  void put_member(Level& level, Value value) {
    Member member = std::move(level.name);
    if (!level.names.insert(member.name).second) {
      mistakes_.push_back({member.place, member.name, "stands here twice"});
      return;
    }
    member.value = std::move(value);
    std::get<Value::Object>(level.value.data).push_back(std::move(member));
  }

  const Tracker& tracker_;
  std::vector<Mistake>& mistakes_;
  std::vector<Level> levels_;
  std::string text_;
  Value root_;
};

/// The text with blanks in place of comments, so that every place stays what it was. One that does
/// not end stays, with all that follows, and is no JSON. Comments are taken out here because the
/// parser, given a text in pieces, cannot go on after all of them.
std::string without_comments(std::string_view text) {
  std::string plain(text);
  bool is_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_text = !is_text;
    if (is_text && text[i] == '\\') ++i;
    if (is_text || i + 1 >= text.size() || text[i] != '/') continue;
    std::size_t end = i;
    if (text[i + 1] == '/') end = std::min(text.find('\n', i), text.size());
    if (text[i + 1] == '*') {
      end = text.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      end += 2;
    }
    if (end == i) continue;
    for (; i < end; ++i) plain[i] = plain[i] == '\n' ? '\n' : ' ';
    --i;
  }
  return plain;
}

/// What people coming from other notations most often mean by `c` where it may not stand.
std::string_view hint(char c) {
  switch (c) {
    case ']':
    case '}':
      return "; a comma before it that nothing follows?";
    case '\'':
      return "; a text stands in double quotes: \"…\"";
    case '"':
      return "; a comma missing before it?";
    default:
      return "";
  }
}

std::string reason(const ErrorCode& error, char at) {
  if (error == json::error::too_deep) return fmt::format("goes deeper than {} levels", kMaxDepth);
  if (error == json::error::incomplete) return "ends before it is complete";
  return fmt::format("is not JSON here: {}{}", error.message(), hint(at));
}

}  // namespace

Document parse(std::string_view commented) {
  Document document;
  const std::string plain = without_comments(commented.substr(0, kMaxTextBytes + 1));
  const std::string_view text = plain;
  if (text.size() > kMaxTextBytes) {
    document.mistakes.push_back({{}, {}, fmt::format("is larger than {} bytes", kMaxTextBytes)});
    return document;
  }
  json::parse_options options;
  options.max_depth = kMaxDepth;
  Tracker tracker;
  json::basic_parser<Builder> parser(options, tracker, document.mistakes);
  ErrorCode error;
  // In small pieces, because the parser does not tell where it is; but words whole, because it
  // asserts more than it can hold about numbers in pieces.
  std::size_t begin = 0;
  char at = ' ';  // the one that is wrong
  Place place = tracker.next();
  for (std::size_t i = 0; i < text.size() && !error; ++i) {
    tracker.see(text[i]);
    if (begin == i) place = tracker.here();
    const bool is_last = i + 1 == text.size();
    if (tracker.is_in_word() && !is_last) continue;
    const std::string_view piece = text.substr(begin, i + 1 - begin);
    const std::size_t taken = parser.write_some(!is_last, piece.data(), piece.size(), error);
    if (!error && taken < piece.size()) error = json::error::extra_data;
    const std::size_t wrong = std::min(taken, piece.size() - 1);
    at = piece[wrong];
    if (error) place.column += static_cast<std::uint32_t>(wrong);
    begin = i + 1;
  }
  if (text.empty()) parser.write_some(false, text.data(), 0, error);
  if (error == json::error::incomplete) place = tracker.next();
  if (error) {
    document.mistakes.push_back({place, {}, reason(error, at)});
    return document;
  }
  document.root = parser.handler().take_root();
  return document;
}

}  // namespace steelyard::config
