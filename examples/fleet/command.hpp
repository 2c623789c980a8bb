#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

/// Commands for a fleet of devices, and what the files about them say.
namespace fleet {

/// What one device is asked to do. As text, and as a job's payload: "137.72.95.0:foo".
struct Command {
  std::string address;  ///< IPv4, dotted
  std::string text;     ///< not empty; may contain blanks and colons

  friend auto operator<=>(const Command&, const Command&) = default;
};

/// What a device answers, and after how long.
struct Response {
  double value = 0;
  double wait_s = 0;

  friend bool operator==(const Response&, const Response&) = default;
};

using ResponseMap = std::map<Command, Response>;

/// A line that was left out.
struct MalformedLine {
  std::size_t number = 0;  ///< counted from 1
  std::string reason;
};

[[nodiscard]] std::string to_text(const Command& command);

/// Reads "ADDRESS:COMMAND". Errors: Malformed, saying what is wrong.
[[nodiscard]] steelyard::Result<Command> parse_command(std::string_view line);

/// Reads "ADDRESS:COMMAND:RESPONSE:WAIT"; the command is taken as it stands between the address and
/// the last two numbers. Errors: Malformed, saying what is wrong.
[[nodiscard]] steelyard::Result<ResponseMap::value_type> parse_response(std::string_view line);

struct CommandFile {
  std::vector<Command> commands;  ///< in the file's order
  std::vector<MalformedLine> malformed;
};

struct ResponseFile {
  ResponseMap responses;
  std::vector<MalformedLine> malformed;  ///< among them: commands that an earlier line has answered
};

/// Read whole files; empty lines and line ends of either kind are skipped.
/// Errors: SystemError when the file cannot be read.
[[nodiscard]] steelyard::Result<CommandFile> read_commands(const std::filesystem::path& path);
[[nodiscard]] steelyard::Result<ResponseFile> read_responses(const std::filesystem::path& path);

}  // namespace fleet
