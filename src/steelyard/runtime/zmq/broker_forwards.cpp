#include <algorithm>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// Jobs whose workers say where they go on.
namespace steelyard::zmq_runtime {
namespace {

/// One entry stands for all.
const std::string& entry(const google::protobuf::RepeatedPtrField<std::string>& column, int place) {
  return column.Get(column.size() == 1 ? 0 : place);
}

}  // namespace

bool BrokerPort::is_forwarded(const wire::Done& message, int place) {
  return message.outcomes_size() > 0 && message.outcomes(place) == kDoneForwarded;
}

bool BrokerPort::are_forwards_complete(const wire::Done& message) {
  const auto count = std::ranges::count(message.outcomes(), kDoneForwarded);
  if (count == 0) return true;
  const auto fits = [count](int size) { return size == 1 || size == count; };
  return !message.kept() && fits(message.forward_queues_size()) &&
         (message.forward_states_size() == 0 || fits(message.forward_states_size()));
}

/// What was noted about a job when it was handed in, and holds for all its stages but that a unit
/// is none any more.
JobNote BrokerPort::note_for_next_stage(Lease lease) const {
  const core::Job* const job = running(lease);
  if (job == nullptr || !job->payload.valid()) return {};
  JobNote note = payloads_.note(job->payload);
  note.unit = false;
  return note;
}

/// Payloads that came together are noted together; jobs that were forwarded together are mostly
/// alike.
JobNote BrokerPort::note_of_first_forward(const wire::Done& message) const {
  for (int i = 0; i < message.outcomes_size(); ++i) {
    if (is_forwarded(message, i)) return note_for_next_stage(Lease::from_bits(message.leases(i)));
  }
  return {};
}

void BrokerPort::forward(WorkerId worker, Lease lease, const ForwardedJob& job) {
  auto event = read_forward(job);
  if (!event) {
    payloads_.forget(job.payload, 1);
    step(core::JobFailed{worker, lease, payloads_.put(event.error().context), job.report});
    return;
  }
  event->worker = worker;
  event->lease = lease;
  if (const JobNote note = note_for_next_stage(lease); !(note == payloads_.note(job.payload))) {
    event->payload = payloads_.put(payloads_.get(job.payload), note);
    payloads_.forget(job.payload, 1);
  }
  step(*event);
}

Result<core::JobForwarded> BrokerPort::read_forward(const ForwardedJob& job) {
  const auto& states = job.message.forward_states();
  const std::string& queue = entry(job.message.forward_queues(), job.place);
  const std::string state = states.empty() ? std::string() : entry(states, job.place);
  core::JobForwarded event;
  event.payload = job.payload;
  event.report = job.report;
  if (!is_valid_name(queue) || (!state.empty() && !is_valid_name(state))) {
    return failure(ErrorCode::InvalidName,
                   "it was forwarded to a queue or state whose name is not allowed");
  }
  event.queue = queues_.intern(queue);
  if (!state.empty()) event.state = states_.intern(state);
  if (!event.queue.valid() || (!state.empty() && !event.state.valid())) {
    return failure(
        ErrorCode::TooManyNames,
        fmt::format("it was forwarded to a name beyond max_names = {}", options_.max_names));
  }
  return event;
}

}  // namespace steelyard::zmq_runtime
