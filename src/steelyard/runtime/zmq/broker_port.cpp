#include "steelyard/runtime/zmq/broker_port.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/monitor/report.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

namespace steelyard::zmq_runtime {

namespace {

/// Results may go beyond the budget that submissions stop at by a quarter of it, so that work which
/// was accepted can be answered.
constexpr std::uint64_t kResultReserve = 4;
/// In tenths.
constexpr std::uint32_t kFullMachineLoad = 10;

}  // namespace

BrokerPort::BrokerPort(const Options& options, std::unique_ptr<strategy::Strategy> strategy,
                       TimePoint started)
    : options_(options),
      started_(started),
      scheduler_(options.limits, std::move(strategy)),
      now_(started),
      queues_(options.max_names),
      states_(options.max_names),
      users_(options.max_names),
      tags_(options.max_names) {
  STEELYARD_ASSERT(options.incarnation != 0);
  weigh_users();
}

void BrokerPort::record(std::shared_ptr<trace::Sink> into, std::int64_t unix_ms) {
  recorder_.emplace(
      trace::Preface{program_name(), options_.strategy, options_.limits, started_, unix_ms},
      std::move(into));
}

void BrokerPort::receive(std::string_view route, std::string_view bytes, TimePoint now) {
  now_ = now;
  const auto envelope = wire::open(bytes);
  if (!envelope) {
    answer_stranger(route, envelope.error());
    return;
  }
  if (envelope->kind == wire::Kind::Hello) {
    greet(route, *envelope);
    return;
  }
  const auto found = peers_.find(std::string(route));
  Peer* peer = found == peers_.end() ? nullptr : found->second.get();
  const bool known = peer != nullptr && !peer->gone &&
                     (!peer->session.valid() || scheduler_.is_open(peer->session));
  if (known) {
    hear(*peer, *envelope);
  } else {
    to_strangers_.emplace_back(route, wire::encode(wire::HelloRequired()));
  }
}

void BrokerPort::hear(Peer& peer, const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::Beat:
      hear_beat(peer, envelope);
      break;
    case wire::Kind::Leave:
      hear_leave(peer, envelope);
      break;
    case wire::Kind::Query:
      hear_query(peer, envelope);
      break;
    case wire::Kind::Drain:
      hear_drain(peer, envelope);
      break;
    case wire::Kind::Part:
      hear_part(peer, envelope);
      break;
    case wire::Kind::PartsTaken: {
      wire::PartsTaken message;
      if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
      peer.sender.taken(message);
      outbox(peer);
      break;
    }
    default:
      peer.session.valid() ? hear_client(peer, envelope) : hear_worker(peer, envelope);
  }
}

/// A part that cannot be taken is a gap in the conversation; to greet again is what mends it.
void BrokerPort::refuse_part(Peer& peer, const Error& error) {
  fault(peer, error);
  outbox(peer).say(wire::HelloRequired());
  part(peer);
}

void BrokerPort::hear_part(Peer& peer, const wire::Envelope& envelope) {
  const std::uint64_t before = peer.receiver.kept_bytes();
  if (arriving_bytes_ > options_.max_kept_bytes) {
    return refuse_part(peer, {ErrorCode::OutOfMemoryBudget, "too many large messages arrive"});
  }
  auto added = peer.receiver.add(envelope, max_message_bytes());
  arriving_bytes_ = arriving_bytes_ + peer.receiver.kept_bytes() - before;
  if (!added) return refuse_part(peer, added.error());
  if (added->answer) outbox(peer).say_encoded(std::move(*added->answer));
  if (added->whole.empty()) return;
  const auto whole = wire::open(added->whole);
  if (!whole) return fault(peer, whole.error());
  if (whole->kind == wire::Kind::Part || whole->kind == wire::Kind::Hello) {
    return fault(peer, {ErrorCode::Malformed, "this message does not travel in parts"});
  }
  hear(peer, *whole);
}

void BrokerPort::hear_client(Peer& peer, const wire::Envelope& envelope) {
  if (envelope.kind == wire::Kind::Submit) {
    hear_submit(peer, envelope);
  } else if (envelope.kind == wire::Kind::Ask) {
    hear_ask(peer, envelope);
  } else if (envelope.kind == wire::Kind::Pin) {
    hear_pin(peer, envelope);
  } else if (envelope.kind == wire::Kind::Received) {
    wire::Received message;
    if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
    hear_receipts(peer, message.receipts());
  } else {
    fault(peer, {ErrorCode::Malformed, fmt::format("a client does not send messages of kind {}",
                                                   static_cast<int>(envelope.kind))});
  }
}

void BrokerPort::hear_worker(Peer& peer, const wire::Envelope& envelope) {
  if (envelope.kind == wire::Kind::Done) {
    hear_done(peer, envelope);
  } else if (envelope.kind == wire::Kind::HandBack) {
    hear_hand_back(peer, envelope);
  } else if (envelope.kind == wire::Kind::Fetched) {
    hear_fetched(peer, envelope);
  } else if (envelope.kind == wire::Kind::StateLoaded) {
    hear_state_loaded(peer, envelope);
  } else {
    fault(peer, {ErrorCode::Malformed, fmt::format("a worker does not send messages of kind {}",
                                                   static_cast<int>(envelope.kind))});
  }
}

void BrokerPort::hear_submit(Peer& peer, const wire::Envelope& envelope) {
  wire::Submit message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  hear_receipts(peer, message.receipts());
  std::string_view block = envelope.block;
  for (const wire::SubmitRun& run : message.runs()) {
    if (peer.gone) return;
    const auto column = wire::Column::take(run.lengths(), block);
    if (!column) return fault(peer, column.error());
    if (column->count() == 0 || run.first_sequence() == 0 ||
        run.first_sequence() > kMaxSequence - column->count()) {
      return fault(peer, {ErrorCode::Malformed, "a run's jobs are numbered from 1 and below 2^62"});
    }
    submit_run(peer, run, *column);
  }
  if (!block.empty()) fault(peer, {ErrorCode::Malformed, "bytes are left after the last payload"});
}

void BrokerPort::submit_run(Peer& peer, const wire::SubmitRun& run, const wire::Column& column) {
  submitted_ = {};
  core::JobsSubmitted& event = submitted_;
  std::optional<Error> no = refusal(run, column);
  if (!no) no = name(run, event);
  if (no) return reject(peer, run, column.count(), *no);
  event.session = peer.session;
  event.first_sequence = run.first_sequence();
  event.count = column.count();
  event.priority = run.priority();
  event.state_bytes = run.state_bytes();
  event.keep = run.keep();
  const bool via_broker = run.keep() || run.result_via() == wire::RESULT_VIA_BROKER;
  event.first_payload = payloads_.put(
      column, (run.unit() ? JobNote::kUnit : 0) | (via_broker ? JobNote::kViaBroker : 0));
  step(event);
}

/// Turns a run's names into the event's numbers; the error is why that cannot be done.
std::optional<Error> BrokerPort::name(const wire::SubmitRun& run, core::JobsSubmitted& event) {
  auto tags = tags_of(run.tags(), kMaxTagsPerJob);
  if (!tags) return tags.error();
  wanted_tags_ = std::move(*tags);
  event.tags = wanted_tags_;
  event.queue = queues_.intern(run.queue());
  event.state = run.state().empty() ? StateId::none() : states_.intern(run.state());
  event.tenant = run.user().empty() ? TenantId::none() : users_.intern(run.user());
  const bool named = event.queue.valid() && event.state.valid() == !run.state().empty() &&
                     event.tenant.valid() == !run.user().empty();
  if (named) return std::nullopt;
  return Error{ErrorCode::TooManyNames, fmt::format("max_names = {}", options_.max_names)};
}

void BrokerPort::reject(Peer& peer, const wire::SubmitRun& run, std::uint32_t count,
                        const Error& error) {
  wire::Rejected message;
  message.set_first_sequence(run.first_sequence());
  message.set_count(count);
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  outbox(peer).say(message);
  step(core::NumbersSpent{peer.session, run.first_sequence() + count - 1});
}

std::optional<Error> BrokerPort::refusal(const wire::SubmitRun& run,
                                         const wire::Column& column) const {
  for (const std::string* name : {&run.queue(), &run.state(), &run.user()}) {
    if (name->empty() && name != &run.queue()) continue;
    if (!is_valid_name(*name)) {
      return Error{ErrorCode::InvalidName, "names are 1 to 200 of A-Z a-z 0-9 . _ : / @ -"};
    }
  }
  if (column.longest() > options_.max_payload_bytes) {
    return Error{ErrorCode::PayloadTooLarge,
                 fmt::format("{} bytes are over max_payload_bytes = {}", column.longest(),
                             options_.max_payload_bytes)};
  }
  if (payloads_.kept_bytes() + column.bytes().size() > options_.max_kept_bytes) {
    return Error{ErrorCode::OutOfMemoryBudget,
                 fmt::format("payloads are at max_kept_bytes = {}", options_.max_kept_bytes)};
  }
  return std::nullopt;
}

void BrokerPort::hear_receipts(Peer& peer, const Receipts& receipts) {
  std::uint64_t total = 0;
  for (const wire::ReceiptRun& run : receipts) total += run.count();
  if (total > wire::kMaxRunJobs) {
    return fault(peer, {ErrorCode::Malformed,
                        fmt::format("a message has more than {} receipts", wire::kMaxRunJobs)});
  }
  const SessionId session = peer.session;
  for (const wire::ReceiptRun& run : receipts) {
    // With the last receipt a session that was to end has ended.
    if (peer.gone) return;
    step(core::ResultsReceived{
        session, std::min(run.first_sequence(), kMaxSequence), run.count(),
        static_cast<std::uint16_t>(std::min<std::uint32_t>(run.attempt(), UINT16_MAX))});
  }
}

void BrokerPort::hear_done(Peer& peer, const wire::Envelope& envelope) {
  wire::Done message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  std::string_view block = envelope.block;
  const auto column = wire::Column::take(message.lengths(), block);
  if (!column) return fault(peer, column.error());
  const int count = message.leases_size();
  const int results = message.kept() ? 0 : count;
  const auto is_column = [count](int size) { return size == 0 || size == count; };
  const bool complete = static_cast<int>(column->count()) == results &&
                        message.run_us_size() == count && is_column(message.outcomes_size()) &&
                        is_column(message.load_us_size()) &&
                        is_column(message.load_failed_size()) &&
                        is_column(message.state_bytes_size()) && count > 0 && block.empty();
  if (!complete || message.holds_size() > static_cast<int>(kMaxStates)) {
    return fault(peer, {ErrorCode::Malformed, "a done notice's columns differ in length"});
  }
  for (const std::uint64_t lease : message.leases()) {
    audit_.heard(peer.worker, Lease::from_bits(lease));
  }
  const auto no = result_refusal(*column);
  if (no && no->code == ErrorCode::PayloadTooLarge) return fault(peer, *no);
  read_holdings(message);
  const WorkerId worker = peer.worker;
  const bool has_results = !no && !message.kept();
  const PayloadRef first = has_results ? payloads_.put(*column) : PayloadRef{};
  for (int i = 0; i < count; ++i) {
    PayloadRef result = first;
    if (first.valid()) result.value += static_cast<std::uint32_t>(i);
    // A drained worker is dismissed with its last notice; what follows is nobody's.
    if (peer.gone) {
      if (result.valid()) payloads_.forget(result, 1);
    } else if (no) {
      step(core::JobFailed{worker, Lease::from_bits(message.leases(i)),
                           payloads_.put(describe(*no)), attempt_of(message, i)});
    } else {
      end_attempt(peer, message, i, result);
    }
  }
}

void BrokerPort::end_attempt(Peer& peer, const wire::Done& message, int place, PayloadRef result) {
  const core::AttemptReport report = attempt_of(message, place);
  const Lease lease = Lease::from_bits(message.leases(place));
  const std::uint32_t outcome =
      message.outcomes_size() == 0 ? kDoneFinished : message.outcomes(place);
  if (outcome == kDoneFinished) {
    step(core::JobFinished{peer.worker, lease, result, report, message.kept()});
  } else {
    const bool retry = outcome == kDoneRetry && !message.kept();
    step(core::JobFailed{peer.worker, lease, result, report, retry, message.kept()});
  }
}

/// Why results cannot be kept.
std::optional<Error> BrokerPort::result_refusal(const wire::Column& column) const {
  if (column.longest() > options_.max_payload_bytes) {
    return Error{ErrorCode::PayloadTooLarge,
                 fmt::format("a result has {} bytes, over max_payload_bytes = {}", column.longest(),
                             options_.max_payload_bytes)};
  }
  if (payloads_.kept_bytes() + column.bytes().size() >
      options_.max_kept_bytes + options_.max_kept_bytes / kResultReserve) {
    return Error{ErrorCode::OutOfMemoryBudget,
                 fmt::format("results are beyond max_kept_bytes = {}", options_.max_kept_bytes)};
  }
  return std::nullopt;
}

void BrokerPort::hear_hand_back(Peer& peer, const wire::Envelope& envelope) {
  wire::HandBack message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  const WorkerId worker = peer.worker;
  for (const std::uint64_t lease : message.leases()) {
    if (peer.gone) return;
    step(core::JobHandedBack{worker, Lease::from_bits(lease)});
  }
}

void BrokerPort::hear_fetched(Peer& peer, const wire::Envelope& envelope) {
  wire::Fetched message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  std::string_view block = envelope.block;
  const auto column = wire::Column::take(message.lengths(), block);
  if (!column) return fault(peer, column.error());
  const int count = message.leases_size();
  if (static_cast<int>(column->count()) != count || !block.empty()) {
    return fault(peer, {ErrorCode::Malformed, "a fetched notice's columns differ in length"});
  }
  if (const auto no = result_refusal(*column)) return fault(peer, *no);
  const WorkerId worker = peer.worker;
  const PayloadRef first = count == 0 ? PayloadRef{} : payloads_.put(*column);
  for (int i = 0; i < count; ++i) {
    const PayloadRef result{first.value + static_cast<std::uint32_t>(i)};
    if (peer.gone) {
      payloads_.forget(result, 1);
    } else {
      step(core::ResultFetched{worker, Lease::from_bits(message.leases(i)), result});
    }
  }
  for (const std::uint64_t lease : message.missing()) {
    if (!peer.gone) step(core::ResultMissing{worker, Lease::from_bits(lease)});
  }
}

void BrokerPort::hear_beat(Peer& peer, const wire::Envelope& envelope) {
  wire::Beat message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (peer.session.valid()) {
    step(core::SessionBeat{peer.session});
    if (message.has_tally()) {
      audit_.compare({sessions_.key(peer.session), scheduler_.watermark(peer.session),
                      scheduler_.received(peer.session)},
                     peer.name, message.tally());
    }
  } else {
    if (message.has_tally()) audit_.compare(peer.worker, peer.name, message.tally());
    std::vector<Lease> held;
    for (const std::uint64_t lease : message.leases()) held.push_back(Lease::from_bits(lease));
    // What is still on its way to the worker cannot be listed by it.
    if (!peer.sender.idle()) add_leases_of(peer.worker, held);
    const std::uint32_t load = std::min(message.machine_load(), kFullMachineLoad);
    step(core::WorkerBeat{peer.worker, held, static_cast<std::uint8_t>(load)});
  }
  outbox(peer).say(wire::Beat());
}

void BrokerPort::add_leases_of(WorkerId worker, std::vector<Lease>& leases) const {
  const core::JobTable& jobs = scheduler_.jobs();
  for (std::uint32_t slot = scheduler_.workers().record(worker).leases.first; slot != core::kNoJob;
       slot = jobs[slot].next) {
    leases.push_back({slot, jobs[slot].stamp});
  }
}

void BrokerPort::hear_leave(Peer& peer, const wire::Envelope& envelope) {
  wire::Leave message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (peer.worker.valid() && !message.at_once()) {
    step(core::WorkerDrainRequested{peer.worker});
    return;
  }
  if (peer.session.valid() && message.when_done()) {
    step(core::SessionEnding{peer.session});
    return;
  }
  wire::Farewell farewell;
  farewell.set_reason("goodbye");
  outbox(peer).say(farewell);
  if (peer.session.valid()) {
    step(core::SessionClosed{peer.session});
  } else {
    step(core::WorkerLeft{peer.worker});
    forget_worker(peer.worker);
  }
  part(peer);
}

void BrokerPort::hear_query(Peer& peer, const wire::Envelope& envelope) {
  wire::Query message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  const monitor::Sources sources{scheduler_,
                                 now_,
                                 started_,
                                 queues_,
                                 states_,
                                 users_,
                                 tags_,
                                 worker_names_,
                                 sessions_.keys(),
                                 options_.incarnation,
                                 options_.strategy,
                                 malformed_,
                                 refused_,
                                 payloads_.kept_bytes(),
                                 options_.max_kept_bytes};
  const auto report = message.what() == "audit" ? Result<std::string>(audit_report())
                                                : monitor::report(message.what(), sources);
  wire::Report answer;
  answer.set_request(message.request());
  if (!report) answer.set_code(std::string(to_string(report.error().code)));
  outbox(peer).say(answer, report ? *report : report.error().context);
}

void BrokerPort::fault(Peer& peer, const Error& error) {
  ++malformed_;
  wire::Fault message;
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  outbox(peer).say(message);
}

void BrokerPort::answer_stranger(std::string_view route, const Error& error) {
  ++malformed_;
  wire::Fault message;
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  to_strangers_.emplace_back(route, wire::encode(message));
}

}  // namespace steelyard::zmq_runtime
