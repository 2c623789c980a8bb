#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/worker_running.hpp"
#include "steelyard/wire/parts.hpp"

/// What happens when a job is run or a state loaded: the user's function, its states, its
/// exceptions.
namespace steelyard {

using zmq_runtime::AssignedJob;
using zmq_runtime::JobReport;
using zmq_runtime::kDoneDied;
using zmq_runtime::kDoneFailed;
using zmq_runtime::kDoneForwarded;
using zmq_runtime::kDoneKilled;
using zmq_runtime::kDoneRetry;
using zmq_runtime::kDoneStopped;
using zmq_runtime::Preload;

namespace {

/// What is shown of a name that a work function made up.
constexpr std::size_t kShownBytes = 60;
constexpr const char* kNoException = "the work function threw something that is no std::exception";

/// In whole microseconds; a load that was shorter is one all the same.
std::chrono::microseconds load_time_of(const WorkerState::Notes& notes) {
  return std::chrono::ceil<std::chrono::microseconds>(notes.load_time);
}

/// What it throws is nobody's: the state counts as gone, and the next report tells otherwise.
void let_go(const StateFunction& evict, const std::string& name, WorkerState& state) {
  try {
    evict(name, state);
  } catch (...) {
    return;
  }
}

/// A function that stops without being asked to has failed.
std::uint32_t outcome_of(const StoppedError& error, const JobControl& control) {
  if (!control.stop_requested()) return kDoneFailed;
  return error.was_killed() ? kDoneKilled : kDoneStopped;
}

/// With its clean-ups, whatever it does.
Answer call_once(const Task& task, const Work& work, WorkerState& state) {
  struct Ending {
    JobControl& control;
    ~Ending() { control.function_ended(); }
  } ending{*work.control};
  return task.function(work, state);
}

/// A unit is one job, and its parts cannot go different ways.
Result<std::string> answer_of_part(Answer answer) {
  if (auto* result = std::get_if<std::string>(&answer)) return std::move(*result);
  return failure(ErrorCode::WorkFailed,
                 "the work function forwarded it to queue '" +
                     printable(std::get<Forward>(answer).queue.substr(0, kShownBytes)) +
                     "', but it is one of several calls in a batch, which are answered together");
}

std::string bad_name(std::string_view kind, std::string_view name) {
  return fmt::format("the work function forwarded the job to a {} whose name is not allowed: '{}'",
                     kind, printable(name.substr(0, kShownBytes)));
}

JobReport report_of(Forward forward) {
  if (!is_valid_name(forward.queue)) {
    return {kDoneFailed, bad_name("queue", forward.queue), {}, {}};
  }
  if (!forward.state.empty() && !is_valid_name(forward.state)) {
    return {kDoneFailed, bad_name("state", forward.state), {}, {}};
  }
  JobReport report{kDoneForwarded, std::move(forward.payload), {}, {}};
  report.forward_queue = std::move(forward.queue);
  report.forward_state = std::move(forward.state);
  return report;
}

JobReport report_of(Answer answer) {
  if (auto* forward = std::get_if<Forward>(&answer)) return report_of(std::move(*forward));
  return {zmq_runtime::kDoneFinished, std::get<std::string>(std::move(answer)), {}, {}};
}

}  // namespace

Worker::Engine::Performed Worker::Engine::perform(Running& running) {
  const AssignedJob& job = running.job;
  const auto task = tasks_.find(job.run->queue);
  if (task == tasks_.end()) {
    return {{kDoneFailed, "this worker does not serve queue '" + job.run->queue + "'", {}, {}}};
  }
  return call(task->second, running);
}

Worker::Engine::Performed Worker::Engine::call(const Task& task, Running& running) {
  const AssignedJob& job = running.job;
  std::unique_lock<std::mutex> alone(state_mutex_, std::defer_lock);
  if (!task.options.concurrent) alone.lock();
  if (!job.evict.empty()) evict(job.evict, alone.owns_lock());
  WorkerState state = state_.for_job();
  Performed performed{answer(task, running, state)};
  const WorkerState::Notes notes = state.notes_about(job.run->state);
  const bool needs_state = !job.run->state.empty();
  if (needs_state) {
    performed.report.states = {load_time_of(notes), notes.load_failed, notes.bytes, {}};
  }
  performed.holds = alone.owns_lock() ? state.holding() : state.holding_elsewhere();
  return performed;
}

JobReport Worker::Engine::answer(const Task& task, Running& running, WorkerState& state) {
  const AssignedJob& job = running.job;
  // It was asked to stop while it waited for the worker's state.
  if (running.control.stop_requested()) return {kDoneStopped, {}, {}, {}};
  const std::string id = job.run->id_prefix + std::to_string(job.sequence);
  const core::AttemptNumber number = job.run->attempt;
  const Work work{.queue = job.run->queue,
                  .payload = job.payload,
                  .state = job.run->state,
                  .user = job.run->user,
                  .id = id,
                  .attempt = number & 0xffff,
                  .hop = number >> 16,
                  .control = &running.control};
  JobReport report;
  try {
    report = job.run->unit
                 ? JobReport{zmq_runtime::kDoneFinished, call_unit(task, work, state), {}, {}}
                 : report_of(call_once(task, work, state));
  } catch (const StoppedError& error) {
    report = {outcome_of(error, running.control), error.what(), {}, {}};
  } catch (const WorkerDiedError& error) {
    report = {kDoneDied, error.what(), {}, {}};
  } catch (const RetryableError& error) {
    report = {kDoneRetry, error.what(), {}, {}};
  } catch (const std::exception& error) {
    report = {kDoneFailed, error.what(), {}, {}};
  } catch (...) {
    report = {kDoneFailed, kNoException, {}, {}};
  }
  return report;
}

/// Every part is worked on; each is answered with its own result or error. A part that wants
/// another attempt wants it for the whole unit, which is what attempts are counted for.
std::string Worker::Engine::call_unit(const Task& task, Work work, WorkerState& state) {
  const auto parts = wire::unpack_parts(work.payload);
  if (!parts) throw std::runtime_error(parts.error().context);
  std::vector<Result<std::string>> answers;
  for (const std::string_view part : *parts) {
    work.payload = part;
    try {
      answers.push_back(answer_of_part(call_once(task, work, state)));
    } catch (const RetryableError&) {
      throw;
    } catch (const StoppedError&) {
      throw;
    } catch (const std::exception& error) {
      answers.emplace_back(failure(ErrorCode::WorkFailed, error.what()));
    } catch (...) {
      answers.emplace_back(failure(ErrorCode::WorkFailed, kNoException));
    }
  }
  return wire::pack_answers(answers);
}

/// Lets go of states; of those that are kept here only while no other function uses them.
void Worker::Engine::evict(const std::vector<std::string>& states, bool is_alone) {
  WorkerState view = state_.for_job();
  for (const std::string& state : states) {
    if (is_alone) view.evict(state);
    for (const auto& [queue, task] : tasks_) {
      if (task.options.evict) let_go(task.options.evict, state, view);
    }
  }
  const std::scoped_lock lock(mutex_);
  for (const std::string& state : states) believed_.evicted(state);
}

/// The queue's own task, or any that can load; null: there is none.
const Task* Worker::Engine::task_that_loads(const std::string& queue) const {
  const auto own = tasks_.find(queue);
  if (own != tasks_.end()) return own->second.options.load ? &own->second : nullptr;
  for (const auto& [name, task] : tasks_) {
    if (task.options.load) return &task;
  }
  return nullptr;
}

/// Loads a state ahead of any job.
Result<WorkerState::Notes> Worker::Engine::load(const Preload& preload) {
  const auto failed = [&](std::string_view why) {
    return failure(ErrorCode::WorkFailed,
                   "state '" + preload.state + "' was not loaded: " + std::string(why));
  };
  const Task* const task = task_that_loads(preload.queue);
  std::unique_lock<std::mutex> alone(state_mutex_, std::defer_lock);
  if (task == nullptr || !task->options.concurrent) alone.lock();
  if (!preload.evict.empty()) evict(preload.evict, alone.owns_lock());
  if (task == nullptr) return failed("the worker has no way to load states ahead of jobs");
  WorkerState state = state_.for_job();
  const auto began = std::chrono::steady_clock::now();
  try {
    task->options.load(preload.state, state);
  } catch (const std::exception& error) {
    return failed(error.what());
  } catch (...) {
    return failed(kNoException);
  }
  const auto holds = alone.owns_lock() ? state.holding() : state.holding_elsewhere();
  if (holds && std::ranges::find(*holds, preload.state) == holds->end()) {
    return failed("the task's load function did not load it");
  }
  WorkerState::Notes notes = state.notes_about(preload.state);
  if (notes.load_time.count() == 0) notes.load_time = std::chrono::steady_clock::now() - began;
  return notes;
}

}  // namespace steelyard
