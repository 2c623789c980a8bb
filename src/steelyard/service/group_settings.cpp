#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "steelyard/config/text_of.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/exec_plan.hpp"
#include "steelyard/service/configuration.hpp"

namespace steelyard::service {
namespace {

using config::Section;
using config::wrong_name;

constexpr double kLongest_s = 7 * 86'400.0;
/// A `steelyard worker` itself needs some of it.
constexpr std::uint64_t kLeastMemoryBytes = 16'000'000;
constexpr std::size_t kMaxVariables = 100;

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
std::optional<Number> pass_number(Section& section, const char* name, const char* flag,
                                  std::vector<std::string>& arguments, Number min, Number max) {
  const bool is_said = section.has(name);
  Number number{};
  section.number(name, number, min, max);
  if (!is_said) return std::nullopt;
  add_flag(arguments, flag, fmt::format("{}", number));
  return number;
}

void pass_names(Section& section, const char* name, const char* flag,
                std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  section.texts(name, names, wrong_name);
  for (const std::string& one : names) add_flag(arguments, flag, one);
}

void read_queues(Section& section, hub::GroupSpec& group) {
  const std::size_t before = section.mistakes().size();
  section.texts("queues", group.queues, wrong_name);
  if (!section.has("queues")) return section.mistake("'queues' is missing");
  if (group.queues.empty() && section.mistakes().size() == before) {
    section.mistake("queues", "must not be empty");
  }
}

std::string path_in(const Environment& environment) {
  for (const auto& [name, value] : environment) {
    if (name == "PATH") return value;
  }
  return {};
}

void read_command(Section& section, const char* name, std::string& text, const Environment& extra,
                  bool check) {
  section.text(name, text, wrong_command);
  if (!check || text.empty()) return;
  const std::string program = CommandLine::parse(text)->words().front();
  if (program.find("{state}") != std::string::npos) return;
  if (const auto why = why_not_executable(program, path_in(extra))) section.mistake(name, *why);
}

void read_environment(Section& section, Environment& environment) {
  section.section("environment", [&environment](Section& variables) {
    variables.each([&](const config::Member& variable) {
      std::string value;
      variables.text(variable.name, value, [](std::string_view text) -> std::optional<std::string> {
        if (text.find('\0') == std::string_view::npos) return std::nullopt;
        return "must have no zero byte";
      });
      const bool is_name = !variable.name.empty() && variable.name.find_first_of(std::string_view(
                                                         "=\0", 2)) == std::string::npos;
      if (!is_name) variables.mistake(variable.name, "is not the name of a variable");
      environment.emplace_back(variable.name, value);
    });
    if (environment.size() > kMaxVariables) {
      variables.mistake(fmt::format("has more than {} variables", kMaxVariables));
    }
  });
}

/// What is done with jobs, and by which command.
void read_process(Section& section, hub::GroupSpec& group, bool check_command) {
  hub::ProcessSpec& process = group.process;
  read_environment(section, process.environment);
  std::string exec;
  std::string lines;
  std::string program;
  read_command(section, "exec", exec, process.environment, check_command);
  read_command(section, "lines", lines, process.environment, check_command);
  read_command(section, "program", program, process.environment, check_command);
  for (const std::string& queue : group.queues) add_flag(process.words, "--queue", queue);
  if (!exec.empty()) add_flag(process.words, "--exec", exec);
  if (!lines.empty()) add_flag(process.words, "--lines", lines);
  process.is_program = section.has("program");
  const int kinds = static_cast<int>(section.has("exec")) + static_cast<int>(section.has("lines")) +
                    static_cast<int>(section.has("program"));
  if (kinds != 1) section.mistake("must have one of 'exec', 'lines' and 'program'");
  section.number("nice", process.nice, -20, 19);
  if (process.nice < 0 && check_command && ::geteuid() != 0) {
    section.mistake("nice", "below 0 is root's to give");
  }
  section.number("memory_limit_bytes", process.memory_limit_bytes, kLeastMemoryBytes);
}

/// The flags of `steelyard worker`.
void read_worker_flags(Section& section, hub::GroupSpec& group) {
  std::vector<std::string>& arguments = group.process.words;
  const auto slots = pass_number(section, "slots", "--slots", arguments, 1U, 1'024U);
  group.size.slots = std::max(slots.value_or(1), 1U);
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
}

/// A program of the user's own says those things itself, except its slots, which its group counts.
void finish_program(Section& section, hub::GroupSpec& group) {
  for (const char* name : {"weight", "priority_min", "priority_max", "tags", "states",
                           "state_memory_bytes", "cancel_grace_s"}) {
    if (section.has(name)) section.mistake(name, "is what a program says itself");
  }
  std::string text;
  section.text("program", text);
  if (const auto command = CommandLine::parse(text)) group.process.words = command->words();
}

void read_size(Section& section, hub::SizeSpec& size) {
  std::uint32_t count = 1;
  section.number("count", count, 1U, 1'000U);
  size.min = size.max = count;
  section.number("min", size.min, 0U, 1'000U);
  section.number("max", size.max, 1U, 1'000U);
  if (section.has("count") && (section.has("min") || section.has("max"))) {
    section.mistake("count", "goes without 'min' and 'max'");
  } else if (section.has("min") && !section.has("max")) {
    section.mistake("min", "needs 'max', too");
  } else if (size.min > size.max) {
    section.mistake("min", "is above max");
  }
  section.seconds("target_wait_s", size.target_wait, 0.1, 86'400);
  section.seconds("idle_s", size.idle, 1, 86'400);
}

void read_life(Section& section, hub::GroupSpec& group) {
  hub::RestartSpec& restarts = group.restarts;
  section.seconds("restart_first_s", restarts.first, 0.05, 3'600);
  section.seconds("restart_max_s", restarts.longest, 0.05, 3'600);
  if (restarts.first > restarts.longest && section.has("restart_first_s")) {
    section.mistake("restart_first_s", "is above restart_max_s");
  }
  section.seconds("healthy_after_s", restarts.healthy_after, 0.1, 3'600);
  section.number("give_up_after_crashes", restarts.give_up_after_crashes, 1U, 1'000U);
  section.seconds("give_up_within_s", restarts.give_up_within, 1, kLongest_s);
  section.seconds("stop_grace_s", group.stop_grace, 0, kLongest_s);
}

}  // namespace

void read_group_settings(Section& section, hub::GroupSpec& group, bool check_command) {
  section.text("name", group.name, wrong_name);
  read_queues(section, group);
  read_process(section, group, check_command);
  read_worker_flags(section, group);
  if (group.process.is_program) finish_program(section, group);
  read_size(section, group.size);
  read_life(section, group);
  section.said([&group](const config::Member& member) {
    group.settings[member.name] = config::text_of(member.value);
  });
}

}  // namespace steelyard::service
