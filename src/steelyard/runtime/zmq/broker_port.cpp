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

/// In tenths.
constexpr std::uint32_t kFullMachineLoad = 10;
/// What the scheduler and the payloads' table take for a job, roughly.
constexpr std::uint64_t kPerJobBytes = 256;

core::Options limits_of(const BrokerPort::Options& options, const JournalSink* journal) {
  core::Options limits = options.limits;
  limits.has_log = journal != nullptr;
  return limits;
}

}  // namespace

BrokerPort::BrokerPort(const Options& options, std::unique_ptr<strategy::Strategy> strategy,
                       TimePoint started, JournalSink* journal)
    : options_(options),
      journal_(journal),
      started_(started),
      scheduler_(limits_of(options, journal), std::move(strategy)),
      now_(started),
      keys_(options.max_names),
      streams_([this](Lease lease) { return running(lease) != nullptr; }),
      queues_(options.max_names),
      states_(options.max_names),
      users_(options.max_names),
      tags_(options.max_names),
      happenings_(options.happened) {
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

bool BrokerPort::is_greeting(std::string_view bytes) {
  return wire::is_of_kind(bytes, wire::Kind::Hello);
}

void BrokerPort::receive_greeting(std::string_view route, std::string_view bytes,
                                  std::string_view address, TimePoint now) {
  greets_from_ = is_valid_name(address) ? address : std::string_view();
  receive(route, bytes, now);
  greets_from_ = {};
  const auto found = peers_.find(std::string(route));
  // An address is shown to people, as names are.
  if (found == peers_.end() || !is_valid_name(address)) return;
  Peer& peer = *found->second;
  if (!peer.worker.valid()) return;
  if (peer.worker.index() >= worker_addresses_.size()) {
    worker_addresses_.resize(peer.worker.index() + 1);
  }
  worker_addresses_[peer.worker.index()] = address;
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
  switch (envelope.kind) {
    case wire::Kind::Submit:
      return hear_submit(peer, envelope);
    case wire::Kind::Received:
      return hear_received(peer, envelope);
    case wire::Kind::Ask:
      return hear_ask(peer, envelope);
    case wire::Kind::Cancel:
      return hear_cancel(peer, envelope);
    case wire::Kind::CancelMatching:
      return hear_cancel_matching(peer, envelope);
    case wire::Kind::Quarantine:
      return hear_quarantine(peer, envelope);
    case wire::Kind::PartialCredit:
      return hear_credit(peer, envelope);
    case wire::Kind::Pin:
      return hear_pin(peer, envelope);
    case wire::Kind::Announce:
      return hear_announce(peer, envelope);
    default:
      fault(peer, {ErrorCode::Malformed, fmt::format("a client does not send messages of kind {}",
                                                     static_cast<int>(envelope.kind))});
  }
}

void BrokerPort::hear_worker(Peer& peer, const wire::Envelope& envelope) {
  switch (envelope.kind) {
    case wire::Kind::Done:
      return hear_done(peer, envelope);
    case wire::Kind::HandBack:
      return hear_hand_back(peer, envelope);
    case wire::Kind::Fetched:
      return hear_fetched(peer, envelope);
    case wire::Kind::StateLoaded:
      return hear_state_loaded(peer, envelope);
    case wire::Kind::StopIgnored:
      return hear_stop_ignored(peer, envelope);
    case wire::Kind::Progress:
      return hear_progress(peer, envelope);
    case wire::Kind::Partial:
      return hear_partial(peer, envelope);
    default:
      fault(peer, {ErrorCode::Malformed, fmt::format("a worker does not send messages of kind {}",
                                                     static_cast<int>(envelope.kind))});
  }
}

void BrokerPort::hear_received(Peer& peer, const wire::Envelope& envelope) {
  wire::Received message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  hear_receipts(peer, message.receipts());
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
    step(core::ResultsReceived{session, std::min(run.first_sequence(), kMaxSequence), run.count(),
                               run.attempt()});
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
    tell_worker(Happening::Kind::WorkerDraining, peer.worker, "finishes what it has and goes");
    step(core::WorkerDrainRequested{peer.worker});
    return;
  }
  if (peer.session.valid() && message.when_done()) {
    if (message.abort()) return step(core::SessionAborted{peer.session});
    return step(core::SessionEnding{peer.session});
  }
  wire::Farewell farewell;
  farewell.set_reason("goodbye");
  outbox(peer).say(farewell);
  if (peer.session.valid()) {
    peer.leaves = true;
    tell_client(Happening::Kind::ClientLeft, peer, "left");
    announcements_.forget(peer.session);
    step(core::SessionClosed{peer.session});
  } else {
    tell_worker(Happening::Kind::WorkerLeft, peer.worker, "left at once; others get its jobs");
    step(core::WorkerLeft{peer.worker});
    forget_worker(peer.worker);
  }
  part(peer);
}

std::uint64_t BrokerPort::used_bytes() const {
  return payloads_.kept_bytes() + kPerJobBytes * scheduler_.jobs().live();
}

monitor::Sources BrokerPort::sources() const {
  return {scheduler_,
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
          refusals_,
          former_reports_,
          dropped_partials_,
          payloads_.kept_bytes(),
          options_.max_kept_bytes,
          &last_minute_,
          worker_addresses_,
          &announcements_};
}

void BrokerPort::hear_query(Peer& peer, const wire::Envelope& envelope) {
  wire::Query message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (message.what() == "snapshot") return ask_snapshot(peer, message.request());
  const auto report = report_about(message.what(), peer.session);
  wire::Report answer;
  answer.set_request(message.request());
  if (!report) answer.set_code(std::string(to_string(report.error().code)));
  outbox(peer).say(answer, report ? *report : report.error().context);
}

void BrokerPort::fault(Peer& peer, const Error& error) {
  ++malformed_;
  tell_malformed(peer.name, error);
  wire::Fault message;
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  outbox(peer).say(message);
}

void BrokerPort::answer_stranger(std::string_view route, const Error& error) {
  ++malformed_;
  tell_malformed("", error);
  wire::Fault message;
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  to_strangers_.emplace_back(route, wire::encode(message));
}

}  // namespace steelyard::zmq_runtime
