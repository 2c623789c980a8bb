#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard {

/// A command as its words: a program's name and its arguments, to be run without a shell.
///
/// `{state}` inside a word stands for the state of the job; what is put there stays inside that
/// word, whatever characters it has, so that a state's name can never become a second argument.
/// Thread safety: immutable after `parse`; any number of threads may read.
class CommandLine {
 public:
  /// No words; not runnable.
  CommandLine() = default;

  /// Splits `text` as a POSIX shell splits it.
  ///
  /// Blanks separate words. Single quotes keep everything. Double quotes keep everything but a
  /// backslash before `$`, a back quote, `"`, a backslash or a newline. A backslash outside quotes
  /// keeps the next character; before a newline both vanish.
  /// Nothing is expanded: `$`, `*`, `~`, `|`, `;`, `#` are ordinary characters.
  /// Errors: InvalidArgument for a quote that is not closed, a backslash at the end, no words, or
  /// an empty first word; the context says which and where.
  [[nodiscard]] static Result<CommandLine> parse(std::string_view text);

  /// The words as written, `{state}` included.
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
  /// Whether any word contains `{state}`.
  [[nodiscard]] bool names_state() const;
  /// The words with every `{state}` replaced by `state`: always as many words as `words()`.
  [[nodiscard]] std::vector<std::string> with_state(std::string_view state) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace steelyard
