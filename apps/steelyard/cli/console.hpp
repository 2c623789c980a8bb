#pragma once

#include <cstddef>
#include <string_view>

#include "steelyard/base/result.hpp"

/// Text to people and pipes. Nothing is buffered: what is printed has been written.
namespace steelyard::cli {

/// Whether standard output, or standard error, is a terminal that a person may look at.
[[nodiscard]] bool output_is_terminal();
[[nodiscard]] bool errors_are_terminal();

/// How wide the terminal at standard output, or standard error, is; 80 when it does not say.
[[nodiscard]] std::size_t output_columns();
[[nodiscard]] std::size_t errors_columns();

/// Writes to standard output.
/// Returns the exit status to end with: kDone; kReaderGone, silently, when nobody reads any more;
/// kFailed after a complaint, for example about a full disk.
[[nodiscard]] int print(std::string_view text);

/// Writes to standard error as it stands. What cannot be written is dropped: there is no better
/// place left to say so.
void print_error(std::string_view text);

/// One line on standard error: "steelyard submit: sentence".
void complain(std::string_view command, std::string_view sentence);

/// Complains about `error` and returns the exit status that goes with it. What to do next is part
/// of the sentence.
[[nodiscard]] int give_up(std::string_view command, const Error& error);

}  // namespace steelyard::cli
