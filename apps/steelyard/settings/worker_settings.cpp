#include <optional>

#include <fmt/format.h>

#include "settings/config_file.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/task/command_line.hpp"

namespace steelyard::cli {
namespace {

std::optional<std::string> wrong_name(std::string_view text) {
  if (is_valid_name(text)) return std::nullopt;
  return "must be a name: 1 to 200 of the characters A-Z a-z 0-9 . _ : / @ - without a dash in "
         "front";
}

std::optional<std::string> wrong_command(std::string_view text) {
  if (const auto command = CommandLine::parse(text); !command) return command.error().context;
  return std::nullopt;
}

void add_flag(std::vector<std::string>& arguments, const char* flag, const std::string& value) {
  arguments.emplace_back(flag);
  arguments.push_back(value);
}

/// A number that is passed on if it is said; returns it.
template <class Number>
std::optional<Number> pass_number(config::Section& section, const char* name, const char* flag,
                                  std::vector<std::string>& arguments, Number min, Number max) {
  const bool is_said = section.has(name);
  Number number{};
  section.number(name, number, min, max);
  if (!is_said) return std::nullopt;
  add_flag(arguments, flag, fmt::format("{}", number));
  return number;
}

void pass_command(config::Section& section, const char* name, const char* flag,
                  std::vector<std::string>& arguments) {
  std::string text;
  section.text(name, text, wrong_command);
  if (!text.empty()) add_flag(arguments, flag, text);
}

void pass_names(config::Section& section, const char* name, const char* flag,
                std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  section.texts(name, names, wrong_name);
  for (const std::string& one : names) add_flag(arguments, flag, one);
}

}  // namespace

void read_worker_settings(config::Section& section, WorkerSettings& worker) {
  std::vector<std::string>& arguments = worker.arguments;
  section.text("name", worker.name, wrong_name);
  section.number("count", worker.count, 1U, 1'000U);
  const std::size_t before = section.mistakes().size();
  pass_names(section, "queues", "--queue", arguments);
  const bool is_without_queue =
      section.has("queues") && arguments.empty() && section.mistakes().size() == before;
  pass_command(section, "exec", "--exec", arguments);
  pass_command(section, "lines", "--lines", arguments);
  pass_number(section, "slots", "--slots", arguments, 1U, 1'024U);
  pass_number(section, "weight", "--weight", arguments, 0.001, 1e6);
  const auto lowest =
      pass_number(section, "priority_min", "--priority-min", arguments, INT32_MIN, INT32_MAX);
  const auto highest =
      pass_number(section, "priority_max", "--priority-max", arguments, INT32_MIN, INT32_MAX);
  if (lowest.value_or(INT32_MIN) > highest.value_or(INT32_MAX)) {
    section.mistake("priority_min", "is above priority_max");
  }
  pass_names(section, "tags", "--tag", arguments);
  pass_number(section, "states", "--states", arguments, 1U, 1'024U);
  pass_number(section, "state_memory_bytes", "--state-memory", arguments, std::uint64_t{1},
              std::uint64_t{1} << 62);
  pass_number(section, "cancel_grace_s", "--cancel-grace-s", arguments, 0.0, 3'600.0);
  bool preload = false;
  section.flag("preload", preload);
  if (preload) arguments.emplace_back("--preload");
  if (preload && !section.has("lines")) section.mistake("preload", "goes with 'lines' only");
  if (!section.has("queues")) section.mistake("'queues' is missing");
  if (is_without_queue) section.mistake("queues", "must not be empty");
  if (section.has("exec") == section.has("lines")) {
    section.mistake("must have one of 'exec' and 'lines'");
  }
}

}  // namespace steelyard::cli
