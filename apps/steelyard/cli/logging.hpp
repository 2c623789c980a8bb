#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

/// The log of a long-running command: one line per event that an operator acts on, on standard
/// error, written at once.
namespace steelyard::cli {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

struct LogOptions {
  bool json = false;                ///< a JSON object per line instead of a sentence
  LogLevel least = LogLevel::Info;  ///< what is below is not written
  bool to_output = false;  ///< on standard output, for a parent that reads it through a pipe
};

/// Adds --log-format, --log-level, and --log-to-output, which no help shows.
void add_log(CLI::App& flags, LogOptions& options);
/// The flags with which a child process logs so that `as_of_part` can make `options`' lines of it.
[[nodiscard]] std::vector<std::string> log_arguments(const LogOptions& options);

/// Sets up the log. Before it, lines go to standard output as they happen to.
void start_log(const LogOptions& options);

/// Something that happened: by a name that programs can rely on, and in a sentence for people.
struct LogEvent {
  LogLevel level = LogLevel::Info;
  std::string_view name;  ///< one of log_event_names
  std::string text;
  /// What it is about: "worker", "job", "queue", …
  std::vector<std::pair<std::string_view, std::string>> fields{};
};

/// Writes one line; of each name at most EventGate::kMaxEvents in EventGate::kPeriod, then how many
/// were left out. Thread safety: any thread.
void log_event(const LogEvent& event);
/// The same, however many there are: for what was counted already.
void write_event(const LogEvent& event);

/// All names that events have, with the level that each is written at; docs/operate.md lists them.
struct LogEventName {
  std::string_view name;
  LogLevel level;
};
[[nodiscard]] std::vector<LogEventName> log_event_names();
[[nodiscard]] std::string_view to_string(LogLevel level);

/// The sentence of a line that a child wrote to its standard output, in whichever format.
[[nodiscard]] std::string sentence_of(std::string_view line);
/// The line as its parent shows it, "PART: sentence" or an object with the member "part"; nothing
/// when it is below the level.
[[nodiscard]] std::optional<std::string> as_of_part(std::string_view part, std::string_view line,
                                                    const LogOptions& options);

}  // namespace steelyard::cli
