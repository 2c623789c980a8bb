#include "steelyard/runtime/zmq/client_session.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {
namespace {

constexpr std::size_t kMaxRunBytes = 1 << 17;
constexpr std::size_t kRunJobs = 4096;

template <class Message>
bool understood(const wire::Envelope& envelope, Message& message) {
  return wire::read(envelope, message).has_value();
}

}  // namespace

ClientSession::ClientSession(std::uint64_t key, std::string name, Sinks sinks, Patience patience)
    : key_(key), name_(std::move(name)), sinks_(std::move(sinks)), patience_(patience) {}

ClientSession::ClientSession(std::uint64_t key, std::string name, Sinks sinks)
    : ClientSession(key, std::move(name), std::move(sinks), Patience{}) {}

std::string_view ClientSession::Run::payload(std::size_t i) const {
  const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(block).substr(begin, ends[i] - begin);
}

std::uint64_t ClientSession::submit(const Kind& kind, std::span<const std::string_view> payloads,
                                    TimePoint now) {
  STEELYARD_ASSERT(!payloads.empty());
  STEELYARD_ASSERT(kind.key.empty() || payloads.size() == 1);
  const std::uint64_t first = next_sequence_;
  auto shared = std::make_shared<const Kind>(kind);
  unanswered_ += payloads.size();
  for (std::size_t i = 0; kind.stream_window_bytes > 0 && i < payloads.size(); ++i) {
    streams_.open(first + i, kind.stream_window_bytes);
  }
  if (held_.is_in_the_way_of(kind)) {
    hold_new(shared, payloads, now);
  } else {
    number(std::move(shared), payloads, now);
  }
  return first;
}

/// Makes runs of jobs, under the next numbers.
void ClientSession::number(std::shared_ptr<const Kind> kind,
                           std::span<const std::string_view> payloads, TimePoint handed_in) {
  Run* run = nullptr;
  for (const std::string_view payload : payloads) {
    const bool full = run != nullptr && (run->ends.size() >= kRunJobs ||
                                         run->block.size() + payload.size() > kMaxRunBytes);
    if (run == nullptr || full) {
      run = &runs_[next_sequence_];
      run->kind = kind;
      run->handed_in = handed_in;
    }
    run->block.append(payload);
    run->ends.push_back(run->block.size());
    run->answered.push_back(false);
    ++run->unanswered;
    ++next_sequence_;
  }
}

void ClientSession::receive(std::string_view bytes, TimePoint now) {
  const auto envelope = wire::open(bytes);
  if (!envelope) return conversation_.on_unreadable(envelope.error());
  conversation_.heard(now);
  hear(*envelope, now);
}

void ClientSession::hear(const wire::Envelope& envelope, TimePoint now) {
  switch (envelope.kind) {
    case wire::Kind::Part:
      return on_part(envelope, now);
    case wire::Kind::PartsTaken: {
      wire::PartsTaken message;
      if (wire::read(envelope, message)) sender_.taken(message);
      return;
    }
    case wire::Kind::Welcome:
      return on_welcome(envelope, now);
    case wire::Kind::HelloRequired:
      return conversation_.greet_again(now);
    case wire::Kind::Answers:
      return on_answers(envelope, now);
    case wire::Kind::Rejected:
      return on_rejected(envelope, now);
    case wire::Kind::Report:
      return on_report(envelope);
    case wire::Kind::Told:
      return on_told(envelope, now);
    case wire::Kind::Pinned:
      return on_pinned(envelope);
    case wire::Kind::Acknowledged:
      return on_acknowledged(envelope, now);
    case wire::Kind::Cancelled:
      return on_cancelled(envelope);
    case wire::Kind::Progressed:
      return on_progressed(envelope);
    case wire::Kind::Partial:
      return on_partial(envelope);
    case wire::Kind::Farewell:
      over_ = true;
      return conversation_.on_farewell(now);
    case wire::Kind::Refused:
    case wire::Kind::Fault:
      return conversation_.on_refusal(envelope);
    default:
      return;  // beats: being heard is all they are for
  }
}

void ClientSession::on_part(const wire::Envelope& envelope, TimePoint now) {
  auto added = receiver_.add(envelope, kMaxPartedBytes);
  if (!added) return;
  if (added->answer) parts_taken_ = std::move(added->answer);
  const auto whole = wire::open(added->whole);
  if (whole && whole->kind != wire::Kind::Part) hear(*whole, now);
}

void ClientSession::on_welcome(const wire::Envelope& envelope, TimePoint now) {
  wire::Welcome message;
  if (!understood(envelope, message)) return;
  over_ = false;
  conversation_.on_welcome(message, now);
  sender_.clear();
  receiver_.clear();
  parts_taken_.reset();
  max_payload_bytes_ = message.limits().max_payload_bytes();
  doubtful_.clear();
  announcement_due_ = !announcement_.empty();
  if (message.resumed()) look_after(message.watermark());
  // What was said to a former broker was not heard by this one.
  goodbye_due_ = leaving_ == Leaving::WhenDone;
  // Everything the broker has not seen goes out (again), in order.
  acknowledged_through_ = message.resumed() ? message.watermark() : 0;
  ++acknowledgements_;
  unsent_from_ = acknowledged_through_ + 1;
  held_.connection_began();
  streams_.connection_began(!message.resumed());
  if (aborting_) answer_unsent(now);
  if (!message.resumed()) {
    receipts_.clear();
    receipts_.count_anew();
    highest_sent_ = 0;
  }
}

/// Jobs that this broker does not take are not sent.
void ClientSession::refuse_large(TimePoint now) {
  std::vector<std::pair<std::uint64_t, std::size_t>> large;
  for (auto place = runs_.lower_bound(unsent_from_); place != runs_.end(); ++place) {
    const Run& run = place->second;
    if (run.block.size() <= max_payload_bytes_) continue;
    for (std::size_t i = 0; i < run.answered.size(); ++i) {
      const std::size_t bytes = run.payload(i).size();
      if (!run.answered[i] && bytes > max_payload_bytes_)
        large.emplace_back(place->first + i, bytes);
    }
  }
  for (const auto& [sequence, bytes] : large) {
    const std::string text = std::to_string(bytes) + " bytes are over max_payload_bytes = " +
                             std::to_string(max_payload_bytes_);
    answer({sequence, ErrorCode::PayloadTooLarge, text, {}}, now);
  }
}

void ClientSession::on_answers(const wire::Envelope& envelope, TimePoint now) {
  wire::Answers message;
  if (!understood(envelope, message)) return;
  std::string_view block = envelope.block;
  const auto column = wire::Column::take(message.lengths(), block);
  const int count = message.sequences_size();
  if (!column || static_cast<int>(column->count()) != count || message.waited_us_size() != count ||
      message.run_us_size() != count ||
      (message.codes_size() != 0 && message.codes_size() != count)) {
    return;
  }
  for (int i = 0; i < count; ++i) {
    Answer came{message.sequences(i), {}, (*column)[static_cast<std::uint32_t>(i)], {}};
    if (message.codes_size() != 0 && !message.codes(i).empty()) {
      came.code = error_code_from(message.codes(i));
    }
    came.times.waiting = std::chrono::microseconds(message.waited_us(i));
    came.times.running = std::chrono::microseconds(message.run_us(i));
    receipts_.add(came.sequence, 0, came.text.size(), now);
    if (answer(came, now)) receipts_.count_first();
  }
  acknowledged(message.acknowledged_through(), now);
}

std::optional<std::string> ClientSession::receive_direct(std::string_view bytes, TimePoint now) {
  const auto envelope = wire::open(bytes);
  wire::LinkHello hello;
  if (envelope && envelope->kind == wire::Kind::Results) {
    on_results(*envelope, now);
  } else if (envelope && envelope->kind == wire::Kind::LinkHello && wire::read(*envelope, hello) &&
             hello.link_id() == reply_to_.link_id()) {
    wire::LinkWelcome welcome;
    welcome.set_link_key(reply_to_.link_key());
    return wire::encode(welcome);
  } else {
    ++forged_;
  }
  return std::nullopt;
}

void ClientSession::on_results(const wire::Envelope& envelope, TimePoint now) {
  wire::Results message;
  std::string_view block = envelope.block;
  if (!understood(envelope, message) || message.secret() != reply_to_.secret()) {
    ++forged_;
    return;
  }
  const auto column = wire::Column::take(message.lengths(), block);
  const int count = message.sequences_size();
  if (!column || static_cast<int>(column->count()) != count || message.attempts_size() != count ||
      message.waited_us_size() != count || message.run_us_size() != count ||
      (message.failed_size() != 0 && message.failed_size() != count)) {
    ++forged_;
    return;
  }
  for (int i = 0; i < count; ++i) {
    Answer came{message.sequences(i), {}, (*column)[static_cast<std::uint32_t>(i)], {}};
    if (message.failed_size() != 0 && message.failed(i)) came.code = ErrorCode::WorkFailed;
    came.times.waiting = std::chrono::microseconds(message.waited_us(i));
    came.times.running = std::chrono::microseconds(message.run_us(i));
    receipts_.add(came.sequence, message.attempts(i), came.text.size(), now);
    if (!answer(came, now)) continue;
    ++direct_;
    receipts_.count_first();
  }
}

void ClientSession::offer_direct(const std::string& address) {
  reply_to_.set_address(address);
  reply_to_.set_link_key(random_key());
  reply_to_.set_link_id(random_key());
  for (std::uint64_t half : {random_key(), random_key()}) {
    reply_to_.mutable_secret()->append(reinterpret_cast<const char*>(&half), sizeof half);
  }
}

std::optional<ClientSession::Place> ClientSession::find_unanswered(std::uint64_t current) {
  auto run = runs_.upper_bound(current);
  if (run == runs_.begin() || current >= next_sequence_) return std::nullopt;
  --run;
  const std::uint64_t i = current - run->first;
  if (i >= run->second.answered.size() || run->second.answered[i]) return std::nullopt;
  return Place{run, i};
}

/// The broker no longer has it under this number, or never had.
void ClientSession::forget_job(Place place) {
  Run& run = place.first->second;
  run.answered[place.second] = true;
  if (--run.unanswered == 0) runs_.erase(place.first);
}

/// Passes on the first answer of a job; others are counted. Returns whether it was the first.
bool ClientSession::answer(Answer answer, TimePoint now) {
  const auto place = find_unanswered(answer.sequence);
  if (!place) {
    ++repeated_;
    return false;
  }
  const auto total =
      std::chrono::duration_cast<std::chrono::microseconds>(now - place->first->second.handed_in);
  answer.times.returning =
      std::max(std::chrono::microseconds(0), total - answer.times.waiting - answer.times.running);
  answer.sequence = names_.given(answer.sequence);
  forget_job(*place);
  settle(answer);
  return true;
}

/// The last that is heard of a job, under the number that was given out for it.
void ClientSession::settle(const Answer& answer) {
  --unanswered_;
  names_.settle(answer.sequence);
  streams_.close(answer.sequence);
  sinks_.answers(answer);
}

void ClientSession::answer_all(ErrorCode code, std::string_view text, TimePoint now) {
  while (const auto job = held_.take_any()) answer_held(*job, {0, code, text, {}});
  while (!runs_.empty()) {
    const auto& [first, run] = *runs_.begin();
    const auto open = std::ranges::find(run.answered, false) - run.answered.begin();
    answer({first + static_cast<std::uint64_t>(open), code, text, {}}, now);
  }
}

std::optional<std::string> ClientSession::next_message(TimePoint now) {
  if (has_left()) return std::nullopt;
  if (conversation_.hello_due(now)) {
    conversation_.hello_sent(now);
    return hello();
  }
  if (!conversation_.welcomed()) return std::nullopt;
  if (parts_taken_) return std::exchange(parts_taken_, std::nullopt);
  if (sender_.idle() && !held_.empty()) hand_in_again(now);
  if (sender_.idle() && unsent_from_ < next_sequence_) {
    refuse_large(now);
    if (auto submission = next_submission(now)) sender_.add(std::move(*submission));
  }
  if (announcement_due_ && sender_.idle()) {
    announcement_due_ = false;
    sender_.add(announcement_);
  }
  if (goodbye_is_due()) say_goodbye();
  if (auto message = sender_.next()) return message;
  // A goodbye must not come before the receipts.
  if (!receipts_.empty() && (now >= receipts_.due() || !to_say_.empty())) return receipts_.take();
  if (sender_.idle() && streams_.has_credit()) {
    if (auto credit = next_credit()) return credit;
  }
  // What is asked is about what was handed in before.
  if (!to_say_.empty() && sender_.idle()) {
    std::string message = std::move(to_say_.front().second);
    to_say_.pop_front();
    return message;
  }
  if (!conversation_.beat_due(now)) return std::nullopt;
  conversation_.beat_sent(now);
  wire::Beat beat;
  if (sender_.idle()) {
    beat.mutable_tally()->set_handed_in(highest_sent_);
    beat.mutable_tally()->set_done(receipts_.first_ones_sent());
  }
  return wire::encode(beat);
}

/// Everything that was not sent yet, up to a message's size; receipts ride along.
std::optional<std::string> ClientSession::next_submission(TimePoint now) {
  if (unsent_from_ >= next_sequence_) return std::nullopt;
  wire::Submit message;
  std::string block;
  auto place = runs_.upper_bound(unsent_from_);
  if (place != runs_.begin() &&
      std::prev(place)->first + std::prev(place)->second.answered.size() > unsent_from_) {
    --place;
  }
  // Names count, too: jobs that were handed in one by one repeat them.
  std::size_t header_bytes = 0;
  for (; place != runs_.end() && block.size() + header_bytes < kFlushBytes; ++place) {
    const int before = message.runs_size();
    add_unanswered(place->first, place->second, message, block, now);
    for (int i = before; i < message.runs_size(); ++i) {
      header_bytes += message.runs(i).ByteSizeLong();
    }
  }
  unsent_from_ = place == runs_.end() ? next_sequence_ : place->first;
  never_sent_from_ = std::max(never_sent_from_, unsent_from_);
  if (message.runs_size() == 0) return std::nullopt;
  receipts_.ride_on(message);
  return wire::encode(message, block);
}

/// Adds a run's unanswered jobs; those between which some were answered become runs of their own.
void ClientSession::add_unanswered(std::uint64_t first, const Run& run, wire::Submit& message,
                                   std::string& block, TimePoint now) {
  wire::SubmitRun* into = nullptr;
  for (std::size_t i = 0; i < run.answered.size(); ++i) {
    if (run.answered[i]) {
      into = nullptr;
      continue;
    }
    if (into == nullptr) {
      into = message.add_runs();
      into->set_first_sequence(first + i);
      run.kind->describe(*into, now - run.handed_in);
    }
    highest_sent_ = std::max(highest_sent_, first + i);
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
  if (!reply_to_.address().empty()) *message.mutable_reply_to() = reply_to_;
  return wire::encode(message);
}

std::optional<TimePoint> ClientSession::next_deadline() const {
  if (has_left()) return std::nullopt;
  std::optional<TimePoint> due = conversation_.next_deadline();
  if (conversation_.welcomed() && !receipts_.empty()) {
    due = due ? std::min(*due, receipts_.due()) : receipts_.due();
  }
  const auto again = held_.next_deadline();
  if (again && conversation_.welcomed() && sender_.idle()) {
    due = due ? std::min(*due, *again) : *again;
  }
  return due;
}

}  // namespace steelyard::zmq_runtime
