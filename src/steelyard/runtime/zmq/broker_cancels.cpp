#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// Stopping jobs, what is known about those that stop their workers, and their quarantine.
namespace steelyard::zmq_runtime {

void BrokerPort::hear_cancel(Peer& peer, const wire::Envelope& envelope) {
  wire::Cancel message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (message.jobs_size() > kMaxAskedJobs) {
    return fault(
        peer, {ErrorCode::Malformed, fmt::format("cancel at most {} jobs at once", kMaxAskedJobs)});
  }
  const SessionId by = peer.session;
  for (int i = 0; i < message.jobs_size(); ++i) {
    // With its last job cancelled a session that was to end has ended, and nobody asks any more.
    if (peer.gone || !scheduler_.is_open(by)) return;
    const wire::JobName& job = message.jobs(i);
    const std::uint64_t ticket =
        tickets_.issue({by, message.request(), static_cast<std::uint32_t>(i)});
    step(core::CancelRequested{by, ticket, sessions_.find(job.session()), job.sequence()});
  }
}

void BrokerPort::carry_out(const core::AnswerCancel& action) {
  const auto ticket = tickets_.redeem(action.request);
  if (!ticket) return;
  Peer* peer = peer_of(ticket->session);
  if (peer != nullptr) outbox(*peer).cancelled(ticket->request, ticket->place, action);
}

void BrokerPort::answer(Peer& peer, std::uint64_t request, const Result<std::string>& report) {
  wire::Report message;
  message.set_request(request);
  if (!report) message.set_code(std::string(to_string(report.error().code)));
  outbox(peer).say(message, report ? *report : report.error().context);
}

void BrokerPort::hear_cancel_matching(Peer& peer, const wire::Envelope& envelope) {
  wire::CancelMatching message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (message.user().empty() && message.queue().empty()) {
    return answer(peer, message.request(),
                  failure(ErrorCode::InvalidArgument, "name a user, a queue or both"));
  }
  core::CancelMatching event;
  event.by = peer.session;
  event.request = message.request();
  event.queue = queues_.find(message.queue());
  event.tenant = users_.find(message.user());
  event.dry_run = is_dry_run_ = message.dry_run();
  // Of a name that nobody has used there are no jobs.
  const bool is_known = event.queue.valid() == !message.queue().empty() &&
                        event.tenant.valid() == !message.user().empty();
  if (is_known) return step(event);
  core::AnswerMatching none;
  none.session = peer.session;
  none.request = message.request();
  carry_out(none);
}

void BrokerPort::carry_out(const core::AnswerMatching& action) {
  Peer* peer = peer_of(action.session);
  if (peer == nullptr) return;
  answer(*peer, action.request,
         monitor::json_text({{"delayed", action.delayed},
                             {"queued", action.queued},
                             {"running", action.running},
                             {"more", action.more},
                             {"dry_run", is_dry_run_}}));
}

void BrokerPort::hear_quarantine(Peer& peer, const wire::Envelope& envelope) {
  wire::Quarantine message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  step(core::QuarantineDecided{peer.session, message.request(),
                               sessions_.find(message.job().session()), message.job().sequence(),
                               message.release()});
  const bool is_decided = std::ranges::any_of(actions_, [](const core::Action& action) {
    const auto* answered = std::get_if<core::AnswerQuarantine>(&action);
    return answered != nullptr && answered->outcome != core::Standing::Unknown;
  });
  if (is_decided) tell_decided(message);
}

void BrokerPort::carry_out(const core::AnswerQuarantine& action) {
  Peer* peer = peer_of(action.session);
  if (peer == nullptr) return;
  if (action.outcome == core::Standing::Unknown) {
    return answer(*peer, action.request,
                  failure(ErrorCode::InvalidArgument, "the job is not in quarantine"));
  }
  answer(*peer, action.request, monitor::json_text({{"outcome", to_string(action.outcome)}}));
}

void BrokerPort::carry_out(const core::RequestStop& action) {
  // One whose connection is cut is told when it is back (repeat_stops).
  if (Peer* peer = peer_of(action.worker); peer != nullptr) {
    outbox(*peer).stop(action.lease, action.why);
  }
}

/// What was said on the worker's former connection may be lost; to hear it twice does no harm.
void BrokerPort::repeat_stops(WorkerId worker) {
  Peer* peer = peer_of(worker);
  if (peer == nullptr) return;
  std::vector<Lease> leases;
  add_leases_of(worker, leases);
  for (const Lease lease : leases) {
    const std::uint8_t stopping = scheduler_.jobs()[lease.slot].stopping;
    if (stopping == 0) continue;
    outbox(*peer).stop(lease, static_cast<core::StopReason>(stopping - 1));
  }
}

void BrokerPort::carry_out(const core::Expel& action) {
  tell_worker(Happening::Kind::WorkerExpelled, action.worker,
              "was expelled: it reported again and again about jobs that it does not have");
  if (Peer* peer = peer_of(action.worker); peer != nullptr) {
    wire::Farewell message;
    message.set_reason(kExpelled);
    outbox(*peer).say(message);
  }
  forget_worker(action.worker);
}

void BrokerPort::carry_out(const core::NoteDeath& action) {
  const bool is_named = action.worker.valid() && action.worker.index() < worker_names_.size();
  evidence_.note(action.session, action.sequence,
                 {is_named ? worker_names_[action.worker.index()] : std::string(), action.how,
                  action.text.valid() ? std::string(payloads_.get(action.text)) : std::string(),
                  action.attempt, calendar_unix_ms_});
}

std::string BrokerPort::quarantine_report() const {
  constexpr std::size_t kMaxRows = 1'000;
  boost::json::array rows;
  for (const std::uint32_t slot : scheduler_.quarantined()) {
    if (rows.size() == kMaxRows) break;
    rows.push_back(quarantine_row(scheduler_.jobs()[slot]));
  }
  const std::size_t omitted = scheduler_.quarantined().size() - rows.size();
  return monitor::json_text({{"rows", std::move(rows)}, {"rows_omitted", omitted}});
}

boost::json::object BrokerPort::quarantine_row(const core::Job& job) const {
  const strategy::Lane& lane = scheduler_.lanes().info(job.lane);
  const auto& entries = evidence_.of(job.session, job.sequence);
  boost::json::array deaths;
  for (const Evidence::Entry& entry : entries) {
    deaths.push_back({{"worker", monitor::text(entry.worker)},
                      {"attempt", entry.attempt},
                      {"how", to_string(entry.how)},
                      {"text", monitor::text(entry.text)},
                      {"at_unix_ms", entry.at_unix_ms}});
  }
  boost::json::object row{{"job", JobId{sessions_.key(job.session), job.sequence}.text()},
                          {"queue", monitor::text(queues_.name(lane.queue))},
                          {"state", monitor::text(states_.name(lane.state))},
                          {"user", monitor::text(users_.name(lane.tenant))},
                          {"since_unix_ms", nullptr}};
  if (!entries.empty()) row["since_unix_ms"] = entries.back().at_unix_ms;
  row["deaths"] = std::move(deaths);
  return row;
}

void BrokerPort::carry_out(const core::ForgetDeaths& action) {
  evidence_.forget(action.session, action.sequence);
}

void BrokerPort::carry_out(const core::ForgetKey& action) {
  keys_.forget(action.key);
}

}  // namespace steelyard::zmq_runtime
