#include <algorithm>

#include "steelyard/runtime/zmq/client_engine.hpp"

/// Whom a client tells that the broker has a job.
namespace steelyard {
namespace {

/// Whether a job with this answer was taken in by the broker before.
bool was_taken_in(const std::optional<ErrorCode>& code) {
  if (!code) return true;
  switch (*code) {
    case ErrorCode::WorkFailed:
    case ErrorCode::AttemptsExhausted:
    case ErrorCode::Cancelled:
    case ErrorCode::Expired:
    case ErrorCode::OverTimeLimit:
    case ErrorCode::TooManyHops:
    case ErrorCode::NoSuchTask:
    case ErrorCode::Quarantined:
      return true;
    default:
      return false;
  }
}

}  // namespace

/// Looks at those that may be acknowledged now. They are so in their order, but for those that the
/// broker has under another number.
void Client::Engine::tell_acknowledged() {
  acknowledgements_ = session_.acknowledgements();
  const std::vector<std::string> unserved = session_.take_unserved();
  for (auto& line : unacknowledged_) {
    while (!line.empty() && tell_acknowledged(line.front(), unserved)) line.pop_front();
    while (!line.empty()) {
      const JobId job{session_.key(), line.front()};
      if (session_.name_at_broker(job) == job) break;
      unacknowledged_again_.push_back(line.front());
      line.pop_front();
      while (!line.empty() && tell_acknowledged(line.front(), unserved)) line.pop_front();
    }
  }
  std::erase_if(unacknowledged_again_,
                [&](std::uint64_t sequence) { return tell_acknowledged(sequence, unserved); });
}

/// Whether there is nothing more to be told of it.
bool Client::Engine::tell_acknowledged(std::uint64_t sequence,
                                       const std::vector<std::string>& unserved) {
  const auto next = sinks_.upper_bound(sequence);
  if (next == sinks_.begin()) return true;
  const auto& [first, sink] = *std::prev(next);
  const std::uint64_t i = sequence - first;
  if (i >= sink.acknowledged.size() || sink.acknowledged[i]) return true;
  if (!session_.is_decided(sequence)) return false;
  Sink& told = std::prev(next)->second;
  told.acknowledged[i] = true;
  if (told.queue == nullptr) return true;
  const auto name = session_.name_at_broker({session_.key(), sequence});
  completions_[told.queue].push_back(
      {.tag = told.tag(i),
       .result = std::string(),
       .kind = Completion::Kind::Acknowledged,
       .unserved = std::ranges::find(unserved, told.job_queue) != unserved.end(),
       .number = name ? name->sequence : sequence});
  return true;
}

/// JobId::sequence there of a job that was answered; 0: the broker did not take it in.
std::uint64_t Client::Engine::number_at_broker(const Session::Answer& answer) const {
  if (!was_taken_in(answer.code)) return 0;
  const auto name = session_.name_at_broker({session_.key(), answer.sequence});
  return name ? name->sequence : 0;
}

/// An answer says that the broker had the job.
void Client::Engine::acknowledge_answered(Sink& sink, std::uint64_t first,
                                          const Session::Answer& answer) {
  const std::uint64_t i = answer.sequence - first;
  if (sink.acknowledged[i]) return;
  sink.acknowledged[i] = true;
  const std::uint64_t number = sink.queue != nullptr ? number_at_broker(answer) : 0;
  if (number == 0) return;
  completions_[sink.queue].push_back({.tag = sink.tag(i),
                                      .result = std::string(),
                                      .kind = Completion::Kind::Acknowledged,
                                      .number = number});
}

}  // namespace steelyard
