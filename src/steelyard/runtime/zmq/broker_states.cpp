#include <algorithm>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// States that workers hold and give up, pins, tags, and what users count for.
namespace steelyard::zmq_runtime {

/// Tags as numbers, sorted and without repetitions.
/// Errors: InvalidArgument, InvalidName, TooManyNames.
Result<std::vector<TagId>> BrokerPort::tags_of(const Names& names, int limit) {
  if (names.size() > limit) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} tags are given, {} are allowed", names.size(), limit));
  }
  std::vector<TagId> tags;
  for (const std::string& name : names) {
    if (!is_valid_name(name)) return failure(ErrorCode::InvalidName, "a tag's name is not allowed");
    tags.push_back(tags_.intern(name));
    if (!tags.back().valid()) {
      return failure(ErrorCode::TooManyNames, fmt::format("max_names = {}", options_.max_names));
    }
  }
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

/// What the worker holds, for all attempts that the message reports. A name that is none, or for
/// which there is no room, no job can ask for.
void BrokerPort::read_holdings(const wire::Done& message) {
  holdings_.clear();
  for (const std::string& name : message.holds()) {
    const StateId state = is_valid_name(name) ? states_.intern(name) : StateId::none();
    if (state.valid()) holdings_.push_back(state);
  }
}

core::AttemptReport BrokerPort::attempt_of(const wire::Done& message, int place) const {
  core::AttemptReport report;
  report.run_time = std::chrono::microseconds(message.run_us(place));
  if (message.load_us_size() > 0) {
    report.load_time = std::chrono::microseconds(message.load_us(place));
  }
  report.load_failed = message.load_failed_size() > 0 && message.load_failed(place);
  if (message.state_bytes_size() > 0) report.state_bytes = message.state_bytes(place);
  if (message.holds_changed()) report.holds = holdings_;
  return report;
}

void BrokerPort::carry_out(const core::Evict& action) {
  Peer* peer = peer_of(action.worker);
  // One whose connection was cut says what it holds when it is back.
  if (peer != nullptr) outbox(*peer).evict(states_.name(action.state));
}

void BrokerPort::carry_out(const core::LoadState& action) {
  Peer* peer = peer_of(action.worker);
  if (peer != nullptr) {
    outbox(*peer).load(states_.name(action.state), queues_.name(action.queue));
  }
}

void BrokerPort::hear_state_loaded(Peer& peer, const wire::Envelope& envelope) {
  wire::StateLoaded message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  // Nobody has asked for a state that has no number.
  const StateId state = states_.find(message.state());
  if (!state.valid()) return;
  if (message.failed()) tell_load_failed(peer.worker, message.state());
  step(core::StateLoaded{peer.worker, state, std::chrono::microseconds(message.load_us()),
                         message.state_bytes(), message.failed()});
}

void BrokerPort::hear_pin(Peer& peer, const wire::Envelope& envelope) {
  wire::Pin message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  auto event = read_pin(message);
  if (event) {
    event->by = peer.session;
    return step(*event);
  }
  wire::Report answer;
  answer.set_request(message.request());
  answer.set_code(std::string(to_string(event.error().code)));
  outbox(peer).say(answer, event.error().context);
}

Result<core::PinRequested> BrokerPort::read_pin(const wire::Pin& message) {
  if (!is_valid_name(message.state()) ||
      (!message.queue().empty() && !is_valid_name(message.queue()))) {
    return failure(ErrorCode::InvalidName, "a state's or queue's name is not allowed");
  }
  core::PinRequested event;
  event.request = message.request();
  event.workers = message.workers();
  event.state = states_.intern(message.state());
  if (!message.queue().empty()) event.queue = queues_.intern(message.queue());
  if (!event.state.valid() || event.queue.valid() == message.queue().empty()) {
    return failure(ErrorCode::TooManyNames, fmt::format("max_names = {}", options_.max_names));
  }
  const std::uint32_t limit = options_.limits.max_pinned_states;
  if (!scheduler_.pins().contains(event.state) && scheduler_.pins().size() >= limit) {
    return failure(ErrorCode::TooManyNames, fmt::format("max_pinned_states = {}", limit));
  }
  return event;
}

void BrokerPort::carry_out(const core::AnswerPin& action) {
  Peer* peer = peer_of(action.session);
  if (peer == nullptr) return;
  wire::Pinned message;
  message.set_request(action.request);
  message.set_holding(action.holding);
  message.set_loading(action.loading);
  outbox(*peer).say(message);
}

void BrokerPort::weigh_users() {
  for (const auto& [name, weight] : options_.user_weights) {
    const TenantId user = users_.intern(name);
    if (user.valid()) step(core::TenantWeighted{user, weight});
  }
}

std::string BrokerPort::too_large(const core::Reject& action) const {
  return fmt::format(
      "no worker that may run it has room for state '{}' ({} bytes); the largest has {} bytes",
      states_.name(submitted_.state),
      std::max(scheduler_.view().state(submitted_.state).bytes, submitted_.state_bytes),
      action.limit);
}

}  // namespace steelyard::zmq_runtime
