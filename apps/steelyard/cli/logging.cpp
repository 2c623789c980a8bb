#include "cli/logging.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "cli/choices.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "steelyard/base/assert.hpp"
#include "steelyard/base/event_gate.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/happening.hpp"

namespace steelyard::cli {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};

/// What programs say themselves; the broker has more (Happening).
constexpr std::array<LogEventName, 19> kOwnNames{{
    {"listening", LogLevel::Info},
    {"http_listening", LogLevel::Info},
    {"journal_read", LogLevel::Info},
    {"strategy_fault", LogLevel::Warning},
    {"recording_stopped", LogLevel::Warning},
    {"access_log_failing", LogLevel::Warning},
    {"draining", LogLevel::Info},
    {"stopping", LogLevel::Info},
    {"stopped", LogLevel::Info},
    {"http_cut_off", LogLevel::Warning},
    {"http_stopped", LogLevel::Info},
    {"ready", LogLevel::Info},
    {"broker_lost", LogLevel::Warning},
    {"broker_missing", LogLevel::Warning},
    {"program_said", LogLevel::Info},
    {"attempt_died", LogLevel::Warning},
    {"hub_news", LogLevel::Info},
    {"hub_trouble", LogLevel::Warning},
    {"message", LogLevel::Info},
}};

LogLevel level_of(Happening::Severity severity) {
  return static_cast<LogLevel>(severity);
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// The event that this thread is writing, for the formatter, which is given the sentence only.
thread_local const LogEvent* being_written = nullptr;

/// What every line has.
boost::json::object line_of(std::chrono::system_clock::time_point time, std::string_view level,
                            std::string_view sentence) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return {{"time", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(ms / 1000), ms % 1000)},
          {"level", level},
          {"event", "message"},
          {"text", one_line(sentence)}};
}

/// A JSON object per line.
class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& into) override {
    boost::json::object line =
        line_of(message.time, fmt::to_string(spdlog::level::to_string_view(message.level)),
                {message.payload.data(), message.payload.size()});
    if (being_written != nullptr) {
      line["event"] = being_written->name;
      for (const auto& [name, value] : being_written->fields) line.emplace(name, printable(value));
    }
    const std::string text = boost::json::serialize(line) + "\n";
    into.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

/// Which events are written, of those that are not counted elsewhere.
class Gates {
 public:
  /// Whether to write one of this name; calls `left_out(name, count)` for what was not.
  template <class LeftOut>
  bool lets_through(std::string_view name, LeftOut left_out) {
    const TimePoint now(std::chrono::steady_clock::now().time_since_epoch());
    const std::scoped_lock lock(mutex_);
    for (auto& [other, gate] : gates_) {
      if (const std::uint64_t count = gate.take_left_out(now); count > 0) left_out(other, count);
    }
    return gates_[name].lets_through(now);
  }

 private:
  std::mutex mutex_;
  std::map<std::string_view, EventGate> gates_;  // by names that live for ever
};

/// The event as log_event_names has it.
const LogEventName& known_name(std::string_view name) {
  static const std::vector<LogEventName> kNames = log_event_names();
  const auto found = std::ranges::find(kNames, name, &LogEventName::name);
  STEELYARD_ASSERT(found != kNames.end());
  return *found;
}

/// That of the lines that were left out, which may be ones that nobody would have seen.
LogLevel level_of_left_out(const LogEvent& event) {
  const auto about =
      std::ranges::find(event.fields, "about", [](const auto& field) { return field.first; });
  return about == event.fields.end() ? event.level
                                     : std::min(event.level, known_name(about->second).level);
}

}  // namespace

std::string_view to_string(LogLevel level) {
  return kLevels[static_cast<std::size_t>(level)];
}

std::vector<LogEventName> log_event_names() {
  std::vector<LogEventName> names(kOwnNames.begin(), kOwnNames.end());
  for (std::uint8_t i = 0; i < kHappenings; ++i) {
    const auto kind = static_cast<Happening::Kind>(i);
    names.push_back({to_string(kind), level_of(severity_of(kind))});
  }
  return names;
}

void add_log(CLI::App& flags, LogOptions& options) {
  flags
      .add_option_function<std::string>(
          "--log-format", [&options](const std::string& text) { options.json = text == "json"; },
          "text: a sentence per line; json: an object per line")
      ->check(one_of({"text", "json"}))
      ->type_name("FORMAT")
      ->default_str("text");
  flags
      .add_option_function<std::string>(
          "--log-level",
          [&options](const std::string& text) {
            const auto* found = std::ranges::find(kLevels, text);
            options.least = static_cast<LogLevel>(found - kLevels.begin());
          },
          "the least that is written: debug, info, warning or error")
      ->check(one_of({kLevels.begin(), kLevels.end()}))
      ->type_name("LEVEL")
      ->default_str("info");
  flags.add_flag("--log-to-output", options.to_output)->group("");
}

std::vector<std::string> log_arguments(const LogOptions& options) {
  // Above `info` a child would not say that it is ready.
  const LogLevel least = std::min(options.least, LogLevel::Info);
  return {"--log-format", "json", "--log-level", std::string(to_string(least))};
}

void start_log(const LogOptions& options) {
  // It would write a line for each field that a peer sends wrongly; that is an event of our own.
  google::protobuf::SetLogHandler(nullptr);
  const char* name = "steelyard";
  auto log = options.to_output ? spdlog::stdout_color_mt(name) : spdlog::stderr_color_mt(name);
  if (options.json) {
    log->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    // A parent shows the lines with its own clock.
    log->set_pattern(options.to_output ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  log->set_level(spdlog_level(options.least));
  log->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(log));
}

void write_event(const LogEvent& event) {
  LogEvent named = event;
  named.name = known_name(event.name).name;
  if (named.name == "left_out") named.level = level_of_left_out(event);
  being_written = &named;
  spdlog::log(spdlog_level(named.level), "{}", one_line(named.text));
  being_written = nullptr;
}

void log_event(const LogEvent& event) {
  static Gates gates;
  const auto say_left_out = [](std::string_view name, std::uint64_t count) {
    write_event({LogLevel::Warning,
                 "left_out",
                 fmt::format("{} more lines about {} were left out", count, name),
                 {{"about", std::string(name)}, {"count", std::to_string(count)}}});
  };
  if (gates.lets_through(known_name(event.name).name, say_left_out)) write_event(event);
}

std::string sentence_of(std::string_view line) {
  if (!line.starts_with('{')) return std::string(line);
  const auto object = parse_report(line);
  return object && object->contains("text") ? text_in(*object, "text") : std::string(line);
}

std::optional<std::string> as_of_part(std::string_view part, std::string_view line,
                                      const LogOptions& options) {
  auto object = line.starts_with('{') ? parse_report(line) : Result<boost::json::object>();
  const bool is_event = object && object->contains("text") && object->contains("level");
  if (is_event) {
    const auto* level = std::ranges::find(kLevels, text_in(*object, "level"));
    if (level < kLevels.begin() + static_cast<std::ptrdiff_t>(options.least)) return std::nullopt;
  } else {
    object = line_of(std::chrono::system_clock::now(), "info", line);
  }
  if (!options.json) return fmt::format("{}: {}", part, one_line(text_in(*object, "text")));
  object->emplace("part", part);
  return boost::json::serialize(*object);
}

}  // namespace steelyard::cli
