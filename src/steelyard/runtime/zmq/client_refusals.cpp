#include <algorithm>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/client_session.hpp"

/// Jobs that the broker acknowledges, or refuses, and those that are handed in again.
namespace steelyard::zmq_runtime {
namespace {

/// Until somebody asks.
constexpr std::size_t kMaxUnserved = 1000;

/// What the refusal says, and which job has the key.
std::string text_of(const wire::Rejected& message) {
  if (!message.has_original()) return message.text();
  return naming_job(message.text(), {message.original().session(), message.original().sequence()});
}

}  // namespace

void ClientSession::on_acknowledged(const wire::Envelope& envelope, TimePoint now) {
  wire::Acknowledged message;
  if (!wire::read(envelope, message)) return;
  if (message.journalled_through() > journalled_through_) {
    journalled_through_ = message.journalled_through();
    ++acknowledgements_;
  }
  for (auto& queue : *message.mutable_unserved_queues()) {
    if (unserved_.size() < kMaxUnserved) unserved_.push_back(std::move(queue));
  }
  acknowledged(message.through(), now);
}

void ClientSession::acknowledged(std::uint64_t through, TimePoint now) {
  if (through <= acknowledged_through_) return;
  acknowledged_through_ = through;
  ++acknowledgements_;
  if (!held_.empty()) held_.decided(through, now);
}

bool ClientSession::is_decided(std::uint64_t sequence) const {
  if (held_.contains(sequence)) return false;
  const std::uint64_t current = names_.current(sequence);
  auto run = runs_.upper_bound(current);
  if (current == 0 || run == runs_.begin()) return true;
  --run;
  const std::uint64_t i = current - run->first;
  if (i >= run->second.answered.size() || run->second.answered[i]) return true;
  const bool on_disk = !run->second.kind->journal || current <= journalled_through_;
  return on_disk && current <= acknowledged_through_;
}

std::optional<JobId> ClientSession::name_at_broker(const JobId& job) const {
  if (job.session != key_) return job;
  if (held_.contains(job.sequence)) return std::nullopt;
  return JobId{key_, names_.current(job.sequence)};
}

void ClientSession::on_rejected(const wire::Envelope& envelope, TimePoint now) {
  wire::Rejected message;
  if (!wire::read(envelope, message)) return;
  const std::uint64_t end =
      std::min(next_sequence_, message.first_sequence() + std::uint64_t{message.count()});
  HeldJobs::Refusal refusal{{error_code_from(message.code()), text_of(message)},
                            std::chrono::milliseconds(message.retry_after_ms())};
  for (std::uint64_t number = message.first_sequence(); number < end; ++number) {
    refusal.number = number;
    refuse(refusal, now);
  }
}

void ClientSession::refuse(const HeldJobs::Refusal& refusal, TimePoint now) {
  const auto place = find_unanswered(refusal.number);
  if (!place) {
    ++repeated_;
    return;
  }
  ++refused_;
  const bool no_room = refusal.retry_after > Duration(0);
  JobNames::Tries tries = names_.tries(refusal.number).value_or(JobNames::Tries{});
  if (no_room && leaving_ != Leaving::Now && !aborting_ && may_try_again(tries, now)) {
    return hold_refused(*place, refusal, tries, now);
  }
  const std::uint64_t given = names_.given(refusal.number);
  const std::string text = told_again(refusal.error, tries);
  names_.rename(given, 0, {});
  forget_job(*place);
  settle({given, refusal.error.code, text, {}, no_room});
}

bool ClientSession::may_try_again(JobNames::Tries& tries, TimePoint now) const {
  if (tries.count >= patience_.max_tries) return false;
  if (tries.give_up_at == TimePoint::max()) tries.give_up_at = now + patience_.time;
  return now < tries.give_up_at;
}

std::string ClientSession::told_again(const Error& refusal, const JobNames::Tries& tries) {
  if (tries.count <= 1) return refusal.context;
  return fmt::format("{}; handed in {} times", refusal.context, tries.count);
}

/// New jobs keep behind those that wait; their present numbers are never sent.
void ClientSession::hold_new(const std::shared_ptr<const Kind>& kind,
                             std::span<const std::string_view> payloads, TimePoint now) {
  for (const std::string_view payload : payloads) {
    held_.add_behind({next_sequence_++,
                      kind,
                      std::string(payload),
                      now,
                      {.count = 0, .give_up_at = now + patience_.time}});
  }
}

void ClientSession::hold_refused(Place place, const HeldJobs::Refusal& refusal,
                                 JobNames::Tries tries, TimePoint now) {
  const Run& run = place.first->second;
  HeldJobs::Job job{names_.given(refusal.number), run.kind, std::string(run.payload(place.second)),
                    run.handed_in, tries};
  forget_job(place);
  held_.add_refused(std::move(job), refusal, now);
}

/// Under new numbers: those of before are spent.
void ClientSession::hand_in_again(TimePoint now) {
  for (auto jobs = held_.take_due(now); !jobs.empty(); jobs = held_.take_due(now)) {
    for (std::size_t first = 0; first < jobs.size();) {
      std::size_t end = first;
      std::vector<std::string_view> payloads;
      for (; end < jobs.size() && jobs[end].kind == jobs[first].kind; ++end) {
        const HeldJobs::Job& job = jobs[end];
        retried_ += job.tries.count > 0 ? 1 : 0;
        names_.rename(job.given, next_sequence_ + payloads.size(),
                      {job.tries.count + 1, job.tries.give_up_at});
        payloads.push_back(job.payload);
      }
      number(jobs[first].kind, payloads, jobs[first].handed_in);
      first = end;
    }
    held_.handed_in(next_sequence_ - 1);
  }
}

void ClientSession::refuse_overdue(TimePoint now) {
  while (const auto overdue = held_.take_overdue(now)) {
    const std::string text = told_again(overdue->refusal, overdue->job.tries);
    answer_held(overdue->job, {0, overdue->refusal.code, text, {}, true});
  }
}

bool ClientSession::cancel_held(std::uint64_t sequence) {
  const auto job = held_.take(sequence);
  if (!job) return false;
  answer_held(*job, {0, ErrorCode::Cancelled, "before it was handed in again", {}});
  return true;
}

bool ClientSession::cancel_unsent(std::uint64_t sequence) {
  const std::uint64_t current = names_.current(sequence);
  if (conversation_.welcomed() || current < never_sent_from_) return false;
  const auto place = find_unanswered(current);
  if (!place) return false;
  forget_job(*place);
  names_.rename(sequence, 0, {});
  settle({sequence, ErrorCode::Cancelled, "before it was handed in", {}});
  return true;
}

/// It is at no broker.
void ClientSession::answer_held(const HeldJobs::Job& job, Answer answer) {
  answer.sequence = job.given;
  names_.rename(job.given, 0, {});
  settle(answer);
}

void ClientSession::pass_time(TimePoint now) {
  conversation_.pass_time(now);
  if (!held_.empty()) refuse_overdue(now);
}

}  // namespace steelyard::zmq_runtime
