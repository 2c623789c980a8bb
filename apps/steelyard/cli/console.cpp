#include "cli/console.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/exit_status.hpp"

namespace steelyard::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;

std::size_t columns(int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

/// Returns 0, or errno's value.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// The end of a sentence about `code`: what to do next; empty when the sentence says it itself.
std::string_view advice(ErrorCode code) {
  switch (code) {
    case ErrorCode::NotConnected:
    case ErrorCode::TimedOut:
      return "; `steelyard up` starts one on this machine, or say where it is with --broker "
             "ENDPOINT or STEELYARD_BROKER";
    case ErrorCode::VersionMismatch:
      return "; install the same version on both sides";
    default:
      return "";
  }
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::NotConnected:
    case ErrorCode::TimedOut:
      return kNoBroker;
    case ErrorCode::InvalidArgument:
    case ErrorCode::InvalidName:
      return kWrongUsage;
    default:
      return kFailed;
  }
}

}  // namespace

bool output_is_terminal() {
  return ::isatty(STDOUT_FILENO) == 1;
}
bool errors_are_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}
std::size_t output_columns() {
  return columns(STDOUT_FILENO);
}
std::size_t errors_columns() {
  return columns(STDERR_FILENO);
}

int print(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return kDone;
  if (error == EPIPE) return kReaderGone;
  print_error(fmt::format("steelyard: cannot write to standard output: {}\n",
                          std::strerror(error)));  // NOLINT: one thread writes the output
  return kFailed;
}

void print_error(std::string_view text) {
  static_cast<void>(write_all(STDERR_FILENO, text));
}

void complain(std::string_view command, std::string_view sentence) {
  print_error(fmt::format("steelyard {}: {}\n", command, sentence));
}

int give_up(std::string_view command, const Error& error) {
  complain(command, error.context + std::string(advice(error.code)));
  return status_of(error.code);
}

}  // namespace steelyard::cli
