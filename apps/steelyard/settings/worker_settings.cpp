#include <optional>

#include <fmt/format.h>

#include "settings/config_file.hpp"
#include "steelyard/base/names.hpp"

namespace steelyard::cli {
namespace {

std::optional<std::string> wrong_name(std::string_view text) {
  if (is_valid_name(text)) return std::nullopt;
  return "must be a name: 1 to 200 of the characters A-Z a-z 0-9 . _ : / @ - without a dash in "
         "front";
}

void add_flag(std::vector<std::string>& arguments, const char* flag, const std::string& value) {
  arguments.emplace_back(flag);
  arguments.push_back(value);
}

/// A number that is passed on if it is said.
template <class Number>
void pass_number(config::Section& section, const char* name, const char* flag,
                 std::vector<std::string>& arguments, Number min, Number max) {
  const bool is_said = section.has(name);
  Number number{};
  section.number(name, number, min, max);
  if (is_said) add_flag(arguments, flag, fmt::format("{}", number));
}

void pass_text(config::Section& section, const char* name, const char* flag,
               std::vector<std::string>& arguments) {
  std::string text;
  section.text(name, text);
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
  pass_names(section, "queues", "--queue", arguments);
  pass_text(section, "exec", "--exec", arguments);
  pass_text(section, "lines", "--lines", arguments);
  pass_number(section, "slots", "--slots", arguments, 1U, 1'024U);
  pass_number(section, "weight", "--weight", arguments, 0.001, 1e6);
  pass_number(section, "priority_min", "--priority-min", arguments, INT32_MIN, INT32_MAX);
  pass_number(section, "priority_max", "--priority-max", arguments, INT32_MIN, INT32_MAX);
  pass_names(section, "tags", "--tag", arguments);
  pass_number(section, "states", "--states", arguments, 1U, 1'024U);
  pass_number(section, "state_memory_bytes", "--state-memory", arguments, std::uint64_t{1},
              std::uint64_t{1} << 62);
  pass_number(section, "cancel_grace_s", "--cancel-grace-s", arguments, 0.0, 3'600.0);
  bool preload = false;
  section.flag("preload", preload);
  if (preload) arguments.emplace_back("--preload");
  if (!section.has("queues")) section.mistake("'queues' is missing");
  if (section.has("exec") == section.has("lines")) {
    section.mistake("must have one of 'exec' and 'lines'");
  }
}

}  // namespace steelyard::cli
