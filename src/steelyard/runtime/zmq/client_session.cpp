#include "steelyard/runtime/zmq/client_session.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::zmq_runtime {
namespace {

constexpr std::size_t kMaxRunBytes = 1 << 17;
/// Requests of the session's own; callers count upward from 1.
constexpr std::uint64_t kOwnRequests = std::uint64_t{1} << 63;
constexpr std::uint64_t kGoodbye = 0;
constexpr std::size_t kRunJobs = 4096;

template <class Message>
bool understood(const wire::Envelope& envelope, Message& message) {
  return wire::read(envelope, message).has_value();
}

}  // namespace

ClientSession::ClientSession(std::uint64_t key, std::string name, Sinks sinks)
    : key_(key), name_(std::move(name)), sinks_(std::move(sinks)) {}

std::string_view ClientSession::Run::payload(std::size_t i) const {
  const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(block).substr(begin, ends[i] - begin);
}

std::uint64_t ClientSession::submit(const Kind& kind, std::span<const std::string_view> payloads,
                                    TimePoint now) {
  STEELYARD_ASSERT(!payloads.empty());
  const std::uint64_t first = next_sequence_;
  const auto shared = std::make_shared<const Kind>(kind);
  Run* run = nullptr;
  for (const std::string_view payload : payloads) {
    const bool full = run != nullptr && (run->ends.size() >= kRunJobs ||
                                         run->block.size() + payload.size() > kMaxRunBytes);
    if (run == nullptr || full) {
      run = &runs_[next_sequence_];
      run->kind = shared;
      run->handed_in = now;
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
  to_say_.emplace_back(request, wire::encode(message));
}

void ClientSession::ask(std::uint64_t request, std::span<const JobId> jobs, bool cancel) {
  wire::Ask message;
  message.set_request(request);
  message.set_cancel(cancel);
  for (const JobId& job : jobs) {
    wire::JobName& name = *message.add_jobs();
    name.set_session(job.session);
    name.set_sequence(job.sequence);
  }
  to_say_.emplace_back(request, wire::encode(message));
}

void ClientSession::drain(std::uint64_t request, std::string_view worker) {
  wire::Drain message;
  message.set_request(request);
  message.set_worker(std::string(worker));
  to_say_.emplace_back(request, wire::encode(message));
}

void ClientSession::pin(std::uint64_t request, const Pin& pin) {
  wire::Pin message;
  message.set_request(request);
  message.set_state(pin.state);
  message.set_workers(pin.workers);
  message.set_queue(pin.queue);
  to_say_.emplace_back(request, wire::encode(message));
}

void ClientSession::leave_when_done() {
  leaving_ = Leaving::WhenDone;
  wire::Leave message;
  message.set_when_done(true);
  to_say_.emplace_back(kGoodbye, wire::encode(message));
}

void ClientSession::leave() {
  leaving_ = Leaving::Now;
  to_say_.emplace_back(kGoodbye, wire::encode(wire::Leave()));
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
    case wire::Kind::Farewell:
      over_ = true;
      return conversation_.on_farewell(now);
    case wire::Kind::Refused:
    case wire::Kind::Fault:
      return conversation_.on_refusal(envelope);
    default:
      return;  // beats and acknowledgements: being heard is all they are for
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
  if (message.resumed()) look_after(message.watermark());
  // What was said to a former broker was not heard by this one.
  if (leaving_ == Leaving::WhenDone) leave_when_done();
  // Everything the broker has not seen goes out (again), in order.
  unsent_from_ = message.resumed() ? message.watermark() + 1 : 1;
  if (!message.resumed()) {
    receipts_.clear();
    receipts_.count_anew();
    highest_sent_ = 0;
  }
}

/// Asks about the unanswered jobs that the broker has seen: a refusal may have been lost.
void ClientSession::look_after(std::uint64_t watermark) {
  std::vector<JobId> jobs;
  const auto ask_about = [&] {
    const std::uint64_t request = kOwnRequests + jobs.front().sequence;
    for (const JobId& job : jobs) doubtful_[request].push_back(job.sequence);
    ask(request, jobs, false);
    jobs.clear();
  };
  for (const auto& [first, run] : runs_) {
    for (std::size_t i = 0; i < run.answered.size() && first + i <= watermark; ++i) {
      if (run.answered[i]) continue;
      jobs.push_back({key_, first + i});
      if (jobs.size() == kMaxAskedJobs) ask_about();
    }
  }
  if (!jobs.empty()) ask_about();
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

void ClientSession::give_up(std::uint64_t request) {
  std::erase_if(to_say_, [request](const auto& said) { return said.first == request; });
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

void ClientSession::on_rejected(const wire::Envelope& envelope, TimePoint now) {
  wire::Rejected message;
  if (!understood(envelope, message)) return;
  const std::uint64_t end =
      std::min(next_sequence_, message.first_sequence() + std::uint64_t{message.count()});
  for (std::uint64_t sequence = message.first_sequence(); sequence < end; ++sequence) {
    answer({sequence, error_code_from(message.code()), message.text(), {}}, now);
  }
}

void ClientSession::on_report(const wire::Envelope& envelope) {
  wire::Report message;
  if (!understood(envelope, message)) return;
  std::string text(envelope.block);
  if (message.code().empty()) {
    sinks_.reports(message.request(), std::move(text));
  } else {
    sinks_.reports(message.request(), failure(error_code_from(message.code()), std::move(text)));
  }
}

void ClientSession::on_told(const wire::Envelope& envelope, TimePoint now) {
  wire::Told message;
  std::string_view block = envelope.block;
  if (!understood(envelope, message)) return;
  const auto column = wire::Column::take(message.lengths(), block);
  const int count = message.standings_size();
  if (!column || static_cast<int>(column->count()) != count || message.codes_size() != count ||
      message.waited_us_size() != count || message.run_us_size() != count) {
    return;
  }
  if (const auto doubtful = doubtful_.extract(message.request())) {
    const auto& jobs = doubtful.mapped();
    for (std::size_t i = 0; i < jobs.size() && static_cast<int>(i) < count; ++i) {
      // Without an answer only a job is gone that was refused; the refusal was lost on its way.
      if (core::standing_from(message.standings(static_cast<int>(i))) == core::Standing::Gone) {
        answer({jobs[i], ErrorCode::Dropped, "refused before the connection was cut", {}}, now);
      }
    }
    return;
  }
  std::vector<JobStatus> told;
  for (int i = 0; i < count && !message.standings(i).empty(); ++i) {
    JobStatus& status = told.emplace_back();
    std::string text((*column)[static_cast<std::uint32_t>(i)]);
    status.standing = core::standing_from(message.standings(i));
    status.result = std::move(text);
    if (!message.codes(i).empty()) {
      status.result = failure(error_code_from(message.codes(i)), std::move(*status.result));
    }
    status.times.waiting = std::chrono::microseconds(message.waited_us(i));
    status.times.running = std::chrono::microseconds(message.run_us(i));
  }
  sinks_.told(message.request(), std::move(told));
}

void ClientSession::on_pinned(const wire::Envelope& envelope) {
  wire::Pinned message;
  if (!understood(envelope, message)) return;
  sinks_.pinned(message.request(), {message.holding(), message.loading()});
}

/// Passes on the first answer of a job; others are counted. Returns whether it was the first.
bool ClientSession::answer(Answer answer, TimePoint now) {
  auto place = runs_.upper_bound(answer.sequence);
  if (place == runs_.begin() || answer.sequence >= next_sequence_) {
    ++repeated_;
    return false;
  }
  --place;
  Run& run = place->second;
  const std::uint64_t i = answer.sequence - place->first;
  if (i >= run.answered.size() || run.answered[i]) {
    ++repeated_;
    return false;
  }
  run.answered[i] = true;
  --unanswered_;
  const auto total = std::chrono::duration_cast<std::chrono::microseconds>(now - run.handed_in);
  answer.times.returning =
      std::max(std::chrono::microseconds(0), total - answer.times.waiting - answer.times.running);
  if (--run.unanswered == 0) runs_.erase(place);
  sinks_.answers(answer);
  return true;
}

void ClientSession::answer_all(ErrorCode code, std::string_view text, TimePoint now) {
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
  if (sender_.idle() && unsent_from_ < next_sequence_) {
    refuse_large(now);
    if (auto submission = next_submission()) sender_.add(std::move(*submission));
  }
  if (auto message = sender_.next()) return message;
  // A goodbye must not come before the receipts.
  if (!receipts_.empty() && (now >= receipts_.due() || !to_say_.empty())) return receipts_.take();
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
  receipts_.ride_on(message);
  return wire::encode(message, block);
}

/// Adds a run's unanswered jobs; those between which some were answered become runs of their own.
void ClientSession::add_unanswered(std::uint64_t first, const Run& run, wire::Submit& message,
                                   std::string& block) {
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
      if (run.kind->keep) into->set_keep(true);
      for (const std::string& tag : run.kind->tags) into->add_tags(tag);
      into->set_state_bytes(run.kind->state_bytes);
      if (run.kind->via_broker) into->set_result_via(wire::RESULT_VIA_BROKER);
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
  return due;
}

}  // namespace steelyard::zmq_runtime
