#include <fmt/format.h>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// Progress and partial results on their way from workers to clients, and credit on its way back.
namespace steelyard::zmq_runtime {
namespace {

constexpr std::uint32_t kMaxPercent = 100;

}  // namespace

/// Null: the attempt does not run (any more).
const core::Job* BrokerPort::running(Lease lease) const {
  const std::uint32_t slot = scheduler_.jobs().find(lease);
  if (slot == core::kNoJob) return nullptr;
  const core::Job& job = scheduler_.jobs()[slot];
  return job.state == core::JobState::Running ? &job : nullptr;
}

void BrokerPort::open_stream(const core::Assign& action, std::uint32_t window_bytes) {
  Streams::Stream stream;
  stream.lease = action.lease;
  stream.worker = action.worker;
  stream.session = action.session;
  stream.sequence = action.sequence;
  stream.attempt = action.attempt;
  stream.window_bytes = window_bytes;
  streams_.open(stream);
}

void BrokerPort::hear_progress(Peer& peer, const wire::Envelope& envelope) {
  wire::Progress message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (message.leases_size() != message.percents_size()) {
    return fault(peer, {ErrorCode::Malformed, "a progress notice's columns differ in length"});
  }
  const WorkerId worker = peer.worker;
  for (int i = 0; i < message.leases_size(); ++i) {
    if (peer.gone) return;
    if (message.percents(i) > kMaxPercent) {
      return fault(peer, {ErrorCode::Malformed, "progress is 0 to 100"});
    }
    const Lease lease = Lease::from_bits(message.leases(i));
    const auto percent = static_cast<std::uint8_t>(message.percents(i));
    const core::Job* const job = running(lease);
    Streams::Stream* const stream = streams_.find(lease);
    if (job != nullptr && job->worker == worker && stream != nullptr) {
      stream->percent = percent;
      Peer* const client = peer_of(stream->session);
      if (client != nullptr) outbox(*client).progressed(stream->sequence, percent);
    }
    step(core::JobProgressed{worker, lease, percent});
  }
}

/// A partial result is a sign of life like progress, so it is told to the scheduler as that.
void BrokerPort::hear_partial(Peer& peer, const wire::Envelope& envelope) {
  wire::Partial message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (envelope.block.size() > options_.max_payload_bytes) {
    return fault(peer, {ErrorCode::PayloadTooLarge,
                        fmt::format("a partial result has {} bytes, over max_payload_bytes = {}",
                                    envelope.block.size(), options_.max_payload_bytes)});
  }
  const Lease lease = Lease::from_bits(message.lease());
  const core::Job* const job = running(lease);
  if (job == nullptr || job->worker != peer.worker) {
    ++dropped_partials_;
    return;
  }
  Streams::Stream* const stream = streams_.find(lease);
  if (stream == nullptr || !stream->has_room(envelope.block.size())) {
    return fail_stream(peer, lease);
  }
  const core::JobProgressed progressed{peer.worker, lease, stream->percent};
  pass_on(*stream, message, envelope.block);
  step(progressed);
}

/// What cannot reach the requester is lost, and its worker goes on all the same: the next one's
/// offset tells.
void BrokerPort::pass_on(Streams::Stream& stream, const wire::Partial& message,
                         std::string_view bytes) {
  Peer* const client = peer_of(stream.session);
  if (client == nullptr) {
    ++dropped_partials_;
    return give_credit(stream, partial_charge_bytes(bytes.size()));
  }
  stream.add(bytes.size());
  wire::Partial passed;
  passed.set_sequence(stream.sequence);
  passed.set_attempt(stream.attempt);
  passed.set_offset(message.offset());
  outbox(*client).say(passed, bytes);
}

/// The worker does not keep to the credit: the attempt ends here, and it is told so.
void BrokerPort::fail_stream(Peer& peer, Lease lease) {
  ++dropped_partials_;
  constexpr std::string_view kText = "its worker sent more partial results than were asked for";
  const WorkerId worker = peer.worker;
  fault(peer, {ErrorCode::Malformed, std::string(kText)});
  outbox(peer).stale(lease);
  streams_.close(lease);
  step(core::JobFailed{worker, lease, payloads_.put(kText), {}});
}

void BrokerPort::hear_credit(Peer& peer, const wire::Envelope& envelope) {
  wire::PartialCredit message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  const std::uint32_t slot = scheduler_.find(peer.session, message.sequence());
  if (slot == core::kNoJob) return;
  const core::Job& job = scheduler_.jobs()[slot];
  Streams::Stream* const stream = streams_.find({slot, job.stamp});
  if (stream == nullptr || stream->attempt != message.attempt()) return;
  give_credit(*stream, stream->take_back(message.bytes()));
}

/// Should it be lost with the connection, the worker is told when it is back (renew_streams).
void BrokerPort::give_credit(const Streams::Stream& stream, std::uint64_t bytes) {
  Peer* const worker = peer_of(stream.worker);
  if (worker == nullptr || bytes == 0) return;
  wire::PartialCredit message;
  message.set_lease(stream.lease.bits());
  message.set_bytes(bytes);
  outbox(*worker).say(message);
}

/// What was on its way on the worker's former connection, or credit to it, may be lost.
void BrokerPort::renew_streams(WorkerId worker) {
  Peer* const peer = peer_of(worker);
  if (peer == nullptr) return;
  streams_.each([&](Streams::Stream& stream) {
    if (stream.worker != worker) return;
    wire::PartialCredit message;
    message.set_lease(stream.lease.bits());
    message.set_bytes(stream.in_flight_bytes);
    message.set_in_flight(true);
    outbox(*peer).say(message);
  });
}

/// What was on its way on the client's former connection, or credit from it, may be lost.
void BrokerPort::renew_streams(SessionId session) {
  streams_.each([&](Streams::Stream& stream) {
    if (stream.session == session) {
      give_credit(stream, stream.take_back(stream.in_flight_bytes));
    }
  });
}

}  // namespace steelyard::zmq_runtime
