#include "worker/work_command.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "builtin_tasks.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/exec_plan.hpp"
#include "steelyard/runtime/task/exec_task.hpp"
#include "steelyard/runtime/task/lines_task.hpp"

namespace steelyard::cli {
namespace {

constexpr std::uint32_t kStatesOfNothing = 64;

Result<CommandLine> parse_command(std::string_view flag, const std::string& text) {
  auto command = CommandLine::parse(text);
  if (!command) {
    return failure(command.error().code, fmt::format("{}: {}", flag, command.error().context));
  }
  const std::string& program = command->words().front();
  const auto why = why_not_executable(program);
  if (program.find("{state}") == std::string::npos && why) {
    return failure(ErrorCode::InvalidArgument, fmt::format("{}: {}", flag, *why));
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
                       const std::shared_ptr<ChildGuard>& guard, ProgramLog& log) {
  if (!command.builtin.empty()) {
    auto function = builtin_task(command.builtin);
    if (!function) return tl::unexpected(function.error());
    return stateless(std::move(*function), room);
  }
  const bool per_job = !command.exec.empty();
  auto words =
      per_job ? parse_command("--exec", command.exec) : parse_command("--lines", command.lines);
  if (!words) return tl::unexpected(words.error());
  const ProgramSaid said = [&log](const ProgramLine& line) { log.said(line); };
  if (per_job) {
    return stateless(with_failures_logged(exec_task({.command = std::move(*words),
                                                     .guard = guard,
                                                     .cancel_grace_ms = command.cancel_grace,
                                                     .said = said})),
                     room);
  }
  Task task = lines_task({.command = std::move(*words),
                          .guard = guard,
                          .processes = std::size_t{room.slots},
                          .states_per_process = std::max(room.states / room.slots, 1U),
                          .cancel_grace_ms = command.cancel_grace,
                          .said = said},
                         command.preload);
  task.function = with_failures_logged(std::move(task.function));
  return task;
}

}  // namespace steelyard::cli
