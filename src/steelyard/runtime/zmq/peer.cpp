#include "steelyard/runtime/zmq/peer.hpp"

#include <utility>

namespace steelyard::zmq_runtime {

void Outbox::answer(const core::Deliver& action, std::string_view code, std::string_view text) {
  wire::Answers& header = answers_.header;
  // Codes are written from the first answer that is not "finished" on.
  if (!code.empty() || header.codes_size() > 0) {
    while (header.codes_size() < header.sequences_size()) header.add_codes();
    header.add_codes(std::string(code));
  }
  header.add_sequences(action.sequence);
  header.add_waited_us(in_microseconds(action.waited));
  header.add_run_us(in_microseconds(action.run_time));
  wire::LengthsWriter(*header.mutable_lengths()).add(text.size());
  answers_.block.append(text);
  answers_.empty = false;
  if (answers_.block.size() > kFlushBytes) roll_over();
}

void Outbox::acknowledge_now() {
  if (owes_acknowledgement()) say(acknowledgement());
}

wire::Acknowledged Outbox::acknowledgement() {
  wire::Acknowledged message;
  message.set_through(acknowledged_through_);
  message.set_journalled_through(journalled_through_);
  said_through_ = acknowledged_through_;
  said_journalled_ = journalled_through_;
  return message;
}

void Outbox::acknowledge_unserved(const std::string& queue) {
  wire::Acknowledged message = acknowledgement();
  message.add_unserved_queues(queue);
  say(message);
}

void Outbox::release_now() {
  if (!owes_release()) return;
  messages_.push_back(wire::encode(released_));
  released_.Clear();
}

void Outbox::load(std::string_view state, std::string_view queue) {
  wire::LoadState message;
  message.set_state(std::string(state));
  message.set_queue(std::string(queue));
  message.mutable_evict()->Swap(&evict_);
  say(message);
}

void Outbox::roll_over() {
  if (!answers_.empty) {
    answers_.header.set_acknowledged_through(acknowledged_through_);
    said_through_ = acknowledged_through_;
    messages_.push_back(answers_.encode());
    answers_.clear();
  }
  if (!assign_.empty) {
    assign_.header.mutable_released()->Swap(released_.mutable_leases());
    messages_.push_back(assign_.encode());
    assign_.clear();
  }
  roll_over_lists();
}

void Outbox::roll_over_lists() {
  const auto send = [this](auto& message, int size) {
    if (size == 0) return;
    messages_.push_back(wire::encode(message));
    message.Clear();
  };
  send(stale_, stale_.leases_size());
  send(fetch_, fetch_.leases_size());
  send(stop_, stop_.leases_size());
  send(cancelled_, cancelled_.places_size());
  send(progressed_, progressed_.sequences_size());
}

void Outbox::cancelled(std::uint64_t request, std::uint32_t place,
                       const core::AnswerCancel& answer) {
  if (cancelled_.places_size() > 0 && cancelled_.request() != request) roll_over();
  cancelled_.set_request(request);
  cancelled_.add_places(place);
  cancelled_.add_was(std::string(to_string(answer.was)));
  cancelled_.add_standings(std::string(to_string(answer.outcome)));
}

std::vector<std::string> Outbox::take() {
  roll_over();
  if (journalled_through_ > said_journalled_) say(acknowledgement());
  return std::exchange(messages_, {});
}

}  // namespace steelyard::zmq_runtime
