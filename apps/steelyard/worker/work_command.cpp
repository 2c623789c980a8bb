#include "worker/work_command.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "builtin_tasks.hpp"
#include "cli/logging.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/exec_task.hpp"
#include "steelyard/runtime/task/lines_task.hpp"

namespace steelyard::cli {
namespace {

constexpr std::uint32_t kStatesOfNothing = 64;

/// Whether the command's program can be found and executed now.
bool can_be_found(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");  // NOLINT: nobody changes the environment
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string folder = colon == 0 ? "." : std::string(rest.substr(0, colon));
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return false;
}

Result<CommandLine> parse_command(std::string_view flag, const std::string& text) {
  auto command = CommandLine::parse(text);
  if (!command) {
    return failure(command.error().code, fmt::format("{}: {}", flag, command.error().context));
  }
  const std::string& program = command->words().front();
  if (program.find("{state}") == std::string::npos && !can_be_found(program)) {
    log_event({LogLevel::Warning, "program_missing",
               fmt::format("'{}' is not there or may not be executed; jobs will fail until it is",
                           program)});
  }
  return command;
}

/// Of a task that keeps nothing, so that there is nothing to load or to let go of.
Task stateless(TaskFunction function, const WorkRoom& room) {
  Task task{std::move(function)};
  task.options.concurrent = room.slots > 1;
  task.options.load = [](std::string_view, WorkerState&) {};
  return task;
}

}  // namespace

std::uint32_t usual_states(const WorkCommand& command, std::uint32_t slots) {
  return command.lines.empty() ? kStatesOfNothing : slots;
}

Result<Task> make_task(const WorkCommand& command, const WorkRoom& room,
                       const std::shared_ptr<ChildGuard>& guard) {
  if (!command.builtin.empty()) {
    auto function = builtin_task(command.builtin);
    if (!function) return tl::unexpected(function.error());
    return stateless(std::move(*function), room);
  }
  const bool per_job = !command.exec.empty();
  auto words =
      per_job ? parse_command("--exec", command.exec) : parse_command("--lines", command.lines);
  if (!words) return tl::unexpected(words.error());
  if (per_job) {
    return stateless(exec_task({.command = std::move(*words),
                                .guard = guard,
                                .cancel_grace_ms = command.cancel_grace}),
                     room);
  }
  return lines_task({.command = std::move(*words),
                     .guard = guard,
                     .processes = std::size_t{room.slots},
                     .states_per_process = std::max(room.states / room.slots, 1U),
                     .cancel_grace_ms = command.cancel_grace},
                    command.preload);
}

}  // namespace steelyard::cli
