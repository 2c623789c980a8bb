#include "steelyard/runtime/task/command_line.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace steelyard {
namespace {

constexpr std::string_view kStateMark = "{state}";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// Reads a command's words from left to right. An error stops it and is kept.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<std::string> words() {
    while (!done()) {
      const char c = take();
      if (is_blank(c)) {
        end_word();
      } else if (c == '\'') {
        read_single_quoted();
      } else if (c == '"') {
        read_double_quoted();
      } else if (c == '\\') {
        read_escape();
      } else {
        add(c);
      }
    }
    end_word();
    return std::move(words_);
  }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  [[nodiscard]] bool done() const { return next_ == text_.size() || !error_.empty(); }
  char take() { return text_[next_++]; }

  // A word exists from its first character or quote on, so that '' is an empty argument.
  std::string& word() {
    if (!word_) word_.emplace();
    return *word_;
  }
  void add(char c) { word().push_back(c); }
  void end_word() {
    if (word_) words_.push_back(std::move(*word_));
    word_.reset();
  }

  void read_single_quoted() {
    const std::size_t opened = next_;
    const std::size_t closed = text_.find('\'', next_);
    if (closed == std::string_view::npos) return never_closed('\'', opened);
    word().append(text_.substr(next_, closed - next_));
    next_ = closed + 1;
  }

  void read_double_quoted() {
    const std::size_t opened = next_;
    word();
    while (next_ < text_.size()) {
      const char c = take();
      if (c == '"') return;
      if (c == '\\' && next_ < text_.size()) {
        read_quoted_escape();
      } else {
        add(c);
      }
    }
    never_closed('"', opened);
  }

  void read_quoted_escape() {
    const char c = take();
    if (c == '\n') return;
    if (std::string_view("$`\"\\").find(c) == std::string_view::npos) add('\\');
    add(c);
  }

  void read_escape() {
    if (next_ == text_.size()) {
      error_ = "the command ends with a backslash that has nothing to quote";
      return;
    }
    const char c = take();
    if (c != '\n') add(c);
  }

  void never_closed(char quote, std::size_t character) {
    error_ = fmt::format("the quote {} at character {} is never closed", quote, character);
  }

  std::string_view text_;
  std::size_t next_ = 0;
  std::optional<std::string> word_;
  std::vector<std::string> words_;
  std::string error_;
};

std::string fill(std::string_view word, std::string_view state) {
  std::string filled;
  for (std::size_t mark = word.find(kStateMark); mark != std::string_view::npos;
       mark = word.find(kStateMark)) {
    filled.append(word.substr(0, mark)).append(state);
    word.remove_prefix(mark + kStateMark.size());
  }
  return filled.append(word);
}

}  // namespace

Result<CommandLine> CommandLine::parse(std::string_view text) {
  Splitter splitter(text);
  CommandLine command;
  command.words_ = splitter.words();
  if (!splitter.error().empty()) {
    return failure(ErrorCode::InvalidArgument, fmt::format("{}: {}", splitter.error(), text));
  }
  if (command.words_.empty()) return failure(ErrorCode::InvalidArgument, "the command is empty");
  if (command.words_.front().empty()) {
    return failure(ErrorCode::InvalidArgument, "the command's first word, the program, is empty");
  }
  return command;
}

bool CommandLine::names_state() const {
  for (const std::string& word : words_) {
    if (word.find(kStateMark) != std::string::npos) return true;
  }
  return false;
}

std::vector<std::string> CommandLine::with_state(std::string_view state) const {
  std::vector<std::string> filled;
  filled.reserve(words_.size());
  for (const std::string& word : words_) filled.push_back(fill(word, state));
  return filled;
}

}  // namespace steelyard
