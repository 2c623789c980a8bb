#include "worker/program_log.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/logging.hpp"
#include "steelyard/runtime/task/worker_state.hpp"

namespace steelyard::cli {
namespace {

constexpr std::string_view kSaid = "program_said";

TimePoint now() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

// Whoever reads a worker's log looks for sentences such as "ready: "; a program cannot say those,
// because all that it says stands behind a word of ours.
LogEvent event_of(const ProgramLine& line) {
  LogEvent event{LogLevel::Info, kSaid, fmt::format("program: {}", line.text)};
  if (!line.job.empty()) {
    event.text = fmt::format("program, job {}: {}", line.job, line.text);
    event.fields.emplace_back("job", line.job);
  }
  event.fields.emplace_back("line", line.text);
  return event;
}

void write_left_out(std::uint64_t count) {
  if (count == 0) return;
  write_event({LogLevel::Warning,
               "left_out",
               fmt::format("{} more lines of the program were left out", count),
               {{"about", std::string(kSaid)}, {"count", std::to_string(count)}}});
}

void write_death(const Work& work, std::string_view how) {
  log_event({LogLevel::Warning,
             "attempt_died",
             fmt::format("job {}: {}", work.id, how),
             {{"job", std::string(work.id)}, {"queue", std::string(work.queue)}}});
}

void write_load_failed(const Work& work, std::string_view why) {
  log_event({LogLevel::Warning,
             "load_failed",
             fmt::format("state '{}' could not be loaded for job {}: {}", work.state, work.id, why),
             {{"state", std::string(work.state)}, {"job", std::string(work.id)}}});
}

}  // namespace

ProgramLog::~ProgramLog() {
  write_left_out(rate_.take_left_out());
}

void ProgramLog::said(const ProgramLine& line) {
  const std::scoped_lock lock(mutex_);
  write_left_out(rate_.take_left_out(now()));
  if (rate_.lets_through(now(), line.text.size())) write_event(event_of(line));
}

void ProgramLog::second_passed() {
  const std::scoped_lock lock(mutex_);
  write_left_out(rate_.take_left_out(now()));
}

TaskFunction with_failures_logged(TaskFunction function) {
  return [function = std::move(function)](const Work& work, WorkerState& state) {
    try {
      return function(work, state);
    } catch (const WorkerDiedError& error) {
      write_death(work, error.what());
      throw;
    } catch (const std::exception& error) {
      if (state.notes_about(work.state).load_failed) write_load_failed(work, error.what());
      throw;
    }
  };
}

}  // namespace steelyard::cli
