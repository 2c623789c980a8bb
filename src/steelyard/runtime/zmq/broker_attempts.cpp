#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// What workers say about the attempts that they were given.
namespace steelyard::zmq_runtime {
namespace {

/// Results may go beyond the budget that submissions stop at by a quarter of it, so that work which
/// was accepted can be answered.
constexpr std::uint64_t kResultReserve = 4;

}  // namespace

/// Whether a report is about leases of a former broker, which is nobody's fault.
bool BrokerPort::is_former(std::uint64_t incarnation) {
  const bool former = incarnation != 0 && incarnation != options_.incarnation;
  if (former) ++former_reports_;
  return former;
}

void BrokerPort::hear_done(Peer& peer, const wire::Envelope& envelope) {
  wire::Done message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (is_former(message.incarnation())) return;
  std::string_view block = envelope.block;
  const auto column = wire::Column::take(message.lengths(), block);
  if (!column) return fault(peer, column.error());
  const int count = message.leases_size();
  const int results = message.kept() ? 0 : count;
  const auto is_column = [count](int size) { return size == 0 || size == count; };
  const bool complete =
      static_cast<int>(column->count()) == results && message.run_us_size() == count &&
      is_column(message.outcomes_size()) && is_column(message.load_us_size()) &&
      is_column(message.load_failed_size()) && is_column(message.state_bytes_size()) && count > 0 &&
      block.empty() && are_forwards_complete(message);
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
  const PayloadRef first =
      has_results ? payloads_.put(*column, note_of_first_forward(message)) : PayloadRef{};
  int forwarded = 0;
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
      end_attempt(peer, message, i, result, forwarded);
    }
    forwarded += is_forwarded(message, i) ? 1 : 0;
  }
}

/// `forwarded`: how many of the notice's jobs were forwarded before this one.
void BrokerPort::end_attempt(Peer& peer, const wire::Done& message, int place, PayloadRef result,
                             int forwarded) {
  const core::AttemptReport report = attempt_of(message, place);
  const Lease lease = Lease::from_bits(message.leases(place));
  const std::uint32_t outcome =
      message.outcomes_size() == 0 ? kDoneFinished : message.outcomes(place);
  const bool kept = message.kept();
  const core::Job* const job = running(lease);
  if (job != nullptr && job->worker == peer.worker) {
    streams_.close(lease);
    if (report.load_failed) tell_load_failed(peer.worker, lease);
  }
  if (outcome == kDoneFinished) {
    step(core::JobFinished{peer.worker, lease, result, report, kept});
  } else if (outcome == kDoneForwarded && !kept) {
    forward(peer.worker, lease, {message, forwarded, report, result});
  } else if (outcome == kDoneStopped || outcome == kDoneKilled) {
    // What it said last is of no use to anybody.
    if (result.valid()) payloads_.forget(result, 1);
    step(core::JobStopped{peer.worker, lease, report, outcome == kDoneKilled});
  } else {
    const bool retry = outcome == kDoneRetry && !kept;
    const bool died = outcome == kDoneDied && !kept;
    step(core::JobFailed{peer.worker, lease, result, report, retry, kept, died});
  }
}

void BrokerPort::hear_stop_ignored(Peer& peer, const wire::Envelope& envelope) {
  wire::StopIgnored message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  const WorkerId worker = peer.worker;
  for (const std::uint64_t lease : message.leases()) {
    if (peer.gone) return;
    step(core::StopIgnored{worker, Lease::from_bits(lease)});
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
  if (is_former(message.incarnation())) return;
  const WorkerId worker = peer.worker;
  for (const std::uint64_t lease : message.leases()) {
    if (peer.gone) return;
    step(core::JobHandedBack{worker, Lease::from_bits(lease)});
  }
}

void BrokerPort::hear_fetched(Peer& peer, const wire::Envelope& envelope) {
  wire::Fetched message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (is_former(message.incarnation())) return;
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

}  // namespace steelyard::zmq_runtime
