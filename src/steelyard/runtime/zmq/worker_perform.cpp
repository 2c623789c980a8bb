#include <exception>
#include <utility>

#include "steelyard/runtime/zmq/worker_engine.hpp"
#include "steelyard/wire/parts.hpp"

/// What happens when a job is run: the user's function, its state, its exceptions.
namespace steelyard {

using zmq_runtime::AssignedJob;
using zmq_runtime::JobReport;
using zmq_runtime::kDoneFailed;
using zmq_runtime::kDoneRetry;

namespace {

constexpr const char* kNoException = "the work function threw something that is no std::exception";

}  // namespace

JobReport Worker::Engine::perform(const AssignedJob& job) {
  const auto task = tasks_.find(job.run->queue);
  if (task == tasks_.end()) {
    return {kDoneFailed, "this worker does not serve queue '" + job.run->queue + "'", {}, {}};
  }
  return call(task->second, job);
}

JobReport Worker::Engine::call(const Task& task, const AssignedJob& job) {
  const std::string id = job.run->id_prefix + std::to_string(job.sequence);
  const Work work{job.run->queue, job.payload, job.run->state, job.run->user, id, job.run->attempt};
  std::unique_lock<std::mutex> alone(state_mutex_, std::defer_lock);
  if (!task.options.concurrent) alone.lock();
  JobReport report;
  try {
    report.text = job.run->unit ? call_unit(task, work) : task.function(work, state_);
  } catch (const RetryableError& error) {
    report = {kDoneRetry, error.what(), {}, {}};
  } catch (const std::exception& error) {
    report = {kDoneFailed, error.what(), {}, {}};
  } catch (...) {
    report = {kDoneFailed, kNoException, {}, {}};
  }
  // The broker takes it that the state of the last job is held; it is told when that is not so.
  const bool keeps_state = alone.owns_lock() && state_.loads() > 0;
  if (keeps_state && !job.run->state.empty() && state_.name() != job.run->state) {
    report.holds = state_.name();
  }
  return report;
}

/// Every part is worked on; each is answered with its own result or error. A part that wants
/// another attempt wants it for the whole unit, which is what attempts are counted for.
std::string Worker::Engine::call_unit(const Task& task, Work work) {
  const auto parts = wire::unpack_parts(work.payload);
  if (!parts) throw std::runtime_error(parts.error().context);
  std::vector<Result<std::string>> answers;
  for (const std::string_view part : *parts) {
    work.payload = part;
    try {
      answers.emplace_back(task.function(work, state_));
    } catch (const RetryableError&) {
      throw;
    } catch (const std::exception& error) {
      answers.emplace_back(failure(ErrorCode::WorkFailed, error.what()));
    } catch (...) {
      answers.emplace_back(failure(ErrorCode::WorkFailed, kNoException));
    }
  }
  return wire::pack_answers(answers);
}

}  // namespace steelyard
