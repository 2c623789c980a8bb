#include "fleet/command.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace fleet {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr double kMaxWaitSeconds = 86'400;

std::string_view without_line_end(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool is_ipv4(const std::string& text) {
  in_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

Result<double> parse_number(std::string_view text, std::string_view what) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
    return failure(ErrorCode::Malformed, fmt::format("the {} '{}' is not a number", what, text));
  }
  return number;
}

/// Cuts what stands behind the last colon off `rest` and returns it; nothing without a colon.
std::optional<std::string_view> take_last_field(std::string_view& rest) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view field = rest.substr(colon + 1);
  rest = rest.substr(0, colon);
  return field;
}

/// Gives each line that is not empty, with its number, to `take`, which returns a Result<void>;
/// collects the errors.
template <class Take>
Result<std::vector<MalformedLine>> read_lines(const std::filesystem::path& path, const Take& take) {
  std::ifstream file(path);
  std::vector<MalformedLine> malformed;
  std::string line;
  std::size_t number = 0;
  while (file && std::getline(file, line)) {
    ++number;
    if (without_line_end(line).empty()) continue;
    if (const Result<void> taken = take(line); !taken) {
      malformed.push_back({number, taken.error().context});
    }
  }
  // A folder can be opened but not read; then neither the end nor a line was reached.
  if (!file.eof()) {
    return failure(ErrorCode::SystemError, fmt::format("cannot read the file {}", path.string()));
  }
  return malformed;
}

}  // namespace

std::string to_text(const Command& command) {
  return command.address + ":" + command.text;
}

Result<Command> parse_command(std::string_view line) {
  line = without_line_end(line);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return failure(ErrorCode::Malformed, fmt::format("no colon in '{}'", line));
  }
  Command command{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
  if (!is_ipv4(command.address)) {
    return failure(ErrorCode::Malformed, fmt::format("'{}' is no IPv4 address", command.address));
  }
  if (command.text.empty()) return failure(ErrorCode::Malformed, "no command after the address");
  return command;
}

Result<ResponseMap::value_type> parse_response(std::string_view line) {
  std::string_view rest = without_line_end(line);
  const auto wait_text = take_last_field(rest);
  const auto value_text = take_last_field(rest);
  if (!value_text || rest.find(':') == std::string_view::npos) {
    return failure(ErrorCode::Malformed,
                   fmt::format("expected address:command:response:wait, found '{}'", line));
  }
  const auto value = parse_number(*value_text, "response");
  if (!value) return tl::unexpected(value.error());
  const auto wait = parse_number(*wait_text, "wait");
  if (!wait) return tl::unexpected(wait.error());
  if (*wait < 0 || *wait > kMaxWaitSeconds) {
    return failure(ErrorCode::Malformed,
                   fmt::format("the wait {} is not within 0 and {} s", *wait, kMaxWaitSeconds));
  }
  auto command = parse_command(rest);
  if (!command) return tl::unexpected(command.error());
  return ResponseMap::value_type{std::move(*command), Response{*value, *wait}};
}

Result<CommandFile> read_commands(const std::filesystem::path& path) {
  CommandFile file;
  auto malformed = read_lines(path, [&](const std::string& line) -> Result<void> {
    auto command = parse_command(line);
    if (!command) return tl::unexpected(command.error());
    file.commands.push_back(std::move(*command));
    return {};
  });
  if (!malformed) return tl::unexpected(malformed.error());
  file.malformed = std::move(*malformed);
  return file;
}

Result<ResponseFile> read_responses(const std::filesystem::path& path) {
  ResponseFile file;
  auto malformed = read_lines(path, [&](const std::string& line) -> Result<void> {
    auto response = parse_response(line);
    if (!response) return tl::unexpected(response.error());
    if (!file.responses.insert(*response).second) {
      return failure(ErrorCode::Malformed,
                     fmt::format("{} was answered by an earlier line", to_text(response->first)));
    }
    return {};
  });
  if (!malformed) return tl::unexpected(malformed.error());
  file.malformed = std::move(*malformed);
  return file;
}

}  // namespace fleet
