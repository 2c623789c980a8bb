#include "steelyard/runtime/zmq/client_session.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {
namespace {

constexpr std::size_t kMaxRunBytes = 1 << 20;
constexpr std::size_t kRunJobs = 4096;
constexpr int kManyReceipts = 1024;

template <class Message>
bool understood(const wire::Envelope& envelope, Message& message) {
  return wire::read(envelope, message).has_value();
}

}  // namespace

ClientSession::ClientSession(std::uint64_t key, std::string name, AnswerSink answers,
                             ReportSink reports)
    : key_(key),
      name_(std::move(name)),
      answers_(std::move(answers)),
      reports_(std::move(reports)) {}

std::string_view ClientSession::Run::payload(std::size_t i) const {
  const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(block).substr(begin, ends[i] - begin);
}

std::uint64_t ClientSession::submit(const Kind& kind, const std::vector<std::string>& payloads) {
  STEELYARD_ASSERT(!payloads.empty());
  const std::uint64_t first = next_sequence_;
  const auto shared = std::make_shared<const Kind>(kind);
  Run* run = nullptr;
  for (const std::string& payload : payloads) {
    const bool full = run != nullptr && (run->ends.size() >= kRunJobs ||
                                         run->block.size() + payload.size() > kMaxRunBytes);
    if (run == nullptr || full) {
      run = &runs_[next_sequence_];
      run->kind = shared;
    }
    run->block.append(payload);
    run->ends.push_back(run->block.size());
    run->answered.push_back(false);
    ++run->unanswered;
    ++next_sequence_;
  }
  unanswered_ += payloads.size();
  return first;
}

void ClientSession::query(std::uint64_t request, std::string_view what) {
  wire::Query message;
  message.set_request(request);
  message.set_what(std::string(what));
  to_say_.push_back(wire::encode(message));
}

void ClientSession::leave() {
  to_say_.push_back(wire::encode(wire::Leave()));
}

void ClientSession::receive(std::string_view bytes, TimePoint now) {
  const auto envelope = wire::open(bytes);
  if (!envelope) return conversation_.on_unreadable(envelope.error());
  conversation_.heard(now);
  switch (envelope->kind) {
    case wire::Kind::Welcome:
      return on_welcome(*envelope, now);
    case wire::Kind::HelloRequired:
      return conversation_.greet_again(now);
    case wire::Kind::Answers:
      return on_answers(*envelope, now);
    case wire::Kind::Rejected:
      return on_rejected(*envelope);
    case wire::Kind::Report:
      return on_report(*envelope);
    case wire::Kind::Farewell:
      over_ = true;
      return conversation_.on_farewell(now);
    case wire::Kind::Refused:
    case wire::Kind::Fault:
      return conversation_.on_refusal(*envelope);
    default:
      return;  // beats and acknowledgements: being heard is all they are for
  }
}

void ClientSession::on_welcome(const wire::Envelope& envelope, TimePoint now) {
  wire::Welcome message;
  if (!understood(envelope, message)) return;
  over_ = false;
  conversation_.on_welcome(message, now);
  // Everything the broker has not seen goes out (again), in order.
  unsent_from_ = message.resumed() ? message.watermark() + 1 : 1;
  if (!message.resumed()) receipts_.Clear();
}

void ClientSession::on_answers(const wire::Envelope& envelope, TimePoint now) {
  wire::Answers message;
  if (!understood(envelope, message)) return;
  std::string_view block = envelope.block;
  const auto column = wire::Column::take(message.lengths(), block);
  const int count = message.sequences_size();
  if (!column || static_cast<int>(column->count()) != count || message.leases_size() != count ||
      (message.codes_size() != 0 && message.codes_size() != count)) {
    return;
  }
  if (receipts_.leases_size() == 0) receipts_due_ = now + kRideFor;
  for (int i = 0; i < count; ++i) {
    std::optional<ErrorCode> code;
    if (message.codes_size() != 0 && !message.codes(i).empty()) {
      code = error_code_from(message.codes(i));
    }
    receipts_.add_leases(message.leases(i));
    answer(message.sequences(i), code, (*column)[static_cast<std::uint32_t>(i)]);
  }
}

void ClientSession::on_rejected(const wire::Envelope& envelope) {
  wire::Rejected message;
  if (!understood(envelope, message)) return;
  const std::uint64_t end =
      std::min(next_sequence_, message.first_sequence() + std::uint64_t{message.count()});
  for (std::uint64_t sequence = message.first_sequence(); sequence < end; ++sequence) {
    answer(sequence, error_code_from(message.code()), message.text());
  }
}

void ClientSession::on_report(const wire::Envelope& envelope) {
  wire::Report message;
  if (!understood(envelope, message)) return;
  std::string text(envelope.block);
  if (message.code().empty()) {
    reports_(message.request(), std::move(text));
  } else {
    reports_(message.request(), failure(error_code_from(message.code()), std::move(text)));
  }
}

/// Passes on the first answer of a job; others are counted.
void ClientSession::answer(std::uint64_t sequence, std::optional<ErrorCode> code,
                           std::string_view text) {
  auto place = runs_.upper_bound(sequence);
  if (place == runs_.begin() || sequence >= next_sequence_) {
    ++repeated_;
    return;
  }
  --place;
  Run& run = place->second;
  const std::uint64_t i = sequence - place->first;
  if (i >= run.answered.size() || run.answered[i]) {
    ++repeated_;
    return;
  }
  run.answered[i] = true;
  --unanswered_;
  if (--run.unanswered == 0) runs_.erase(place);
  answers_(sequence, code, text);
}

void ClientSession::answer_all(ErrorCode code, std::string_view text) {
  while (!runs_.empty()) {
    const auto& [first, run] = *runs_.begin();
    const auto open = std::ranges::find(run.answered, false) - run.answered.begin();
    answer(first + static_cast<std::uint64_t>(open), code, text);
  }
}

std::optional<std::string> ClientSession::next_message(TimePoint now) {
  if (conversation_.hello_due(now)) {
    conversation_.hello_sent(now);
    return hello();
  }
  if (!conversation_.welcomed()) return std::nullopt;
  if (auto submission = next_submission()) return submission;
  const int receipts = receipts_.leases_size();
  if (receipts >= kManyReceipts || (receipts > 0 && now >= receipts_due_)) {
    std::string message = wire::encode(receipts_);
    receipts_.Clear();
    return message;
  }
  if (!to_say_.empty()) {
    std::string message = std::move(to_say_.front());
    to_say_.erase(to_say_.begin());
    return message;
  }
  if (!conversation_.beat_due(now)) return std::nullopt;
  conversation_.beat_sent(now);
  return wire::encode(wire::Beat());
}

/// Everything that was not sent yet, up to a message's size; receipts ride along.
std::optional<std::string> ClientSession::next_submission() {
  if (unsent_from_ >= next_sequence_) return std::nullopt;
  wire::Submit message;
  std::string block;
  auto place = runs_.upper_bound(unsent_from_);
  if (place != runs_.begin() &&
      std::prev(place)->first + std::prev(place)->second.answered.size() > unsent_from_) {
    --place;
  }
  for (; place != runs_.end() && block.size() < kFlushBytes; ++place) {
    add_unanswered(place->first, place->second, message, block);
  }
  unsent_from_ = place == runs_.end() ? next_sequence_ : place->first;
  if (message.runs_size() == 0) return std::nullopt;
  message.mutable_received()->Swap(receipts_.mutable_leases());
  return wire::encode(message, block);
}

/// Adds a run's unanswered jobs; those between which some were answered become runs of their own.
void ClientSession::add_unanswered(std::uint64_t first, const Run& run, wire::Submit& message,
                                   std::string& block) const {
  wire::SubmitRun* into = nullptr;
  for (std::size_t i = 0; i < run.answered.size(); ++i) {
    if (run.answered[i]) {
      into = nullptr;
      continue;
    }
    if (into == nullptr) {
      into = message.add_runs();
      into->set_first_sequence(first + i);
      into->set_queue(run.kind->queue);
      into->set_state(run.kind->state);
      into->set_user(run.kind->user);
      into->set_priority(run.kind->priority);
      into->set_unit(run.kind->unit);
    }
    wire::LengthsWriter(*into->mutable_lengths()).add(run.payload(i).size());
    block.append(run.payload(i));
  }
}

std::string ClientSession::hello() const {
  wire::Hello message;
  message.set_role(wire::ROLE_CLIENT);
  message.set_key(key_);
  message.set_incarnation(conversation_.incarnation());
  message.set_name(name_);
  message.set_program(program_name());
  return wire::encode(message);
}

std::optional<TimePoint> ClientSession::next_deadline() const {
  std::optional<TimePoint> due = conversation_.next_deadline();
  if (conversation_.welcomed() && receipts_.leases_size() > 0) {
    due = due ? std::min(*due, receipts_due_) : receipts_due_;
  }
  return due;
}

}  // namespace steelyard::zmq_runtime
