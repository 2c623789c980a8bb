#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "steelyard/monitor/warnings.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/runtime/zmq/socket.hpp"

/// What is told to those who run the broker, for its log. None of it is on a job's normal way.
namespace steelyard::zmq_runtime {
namespace {

using monitor::counted;
using Kind = Happening::Kind;

/// Why a job has failed that no work function has answered.
std::string_view why_failed(ErrorCode code) {
  switch (code) {
    case ErrorCode::AttemptsExhausted:
      return "every attempt was lost with its worker, or asked for another";
    case ErrorCode::OverTimeLimit:
      return "every attempt went on for longer than its time limit without progress";
    case ErrorCode::NoSuchTask:
      return "for --unserved-ttl-s no worker served its queue";
    case ErrorCode::TooManyHops:
      return "it was forwarded more often than --max-hops allows";
    default:
      return to_string(code);
  }
}

/// " from 10.0.0.3"; empty when it is not known.
std::string whence(std::string_view address) {
  if (address == kThisMachine) return " from this machine";
  return address.empty() ? "" : fmt::format(" from {}", address);
}

}  // namespace

std::string BrokerPort::name_of(WorkerId worker) const {
  return worker.index() < worker_names_.size() ? worker_names_[worker.index()] : "unnamed";
}

/// Where it greeted from; empty when that is not known.
std::string BrokerPort::address_of(WorkerId worker) const {
  return worker.index() < worker_addresses_.size() ? worker_addresses_[worker.index()] : "";
}

std::string BrokerPort::id_of(SessionId session, std::uint64_t sequence) const {
  return JobId{sessions_.key(session), sequence}.text();
}

void BrokerPort::tell_joined(WorkerId worker, const wire::WorkerOffer& offer,
                             const std::vector<QueueId>& queues) {
  std::string names;
  for (const QueueId queue : queues) {
    names += (names.empty() ? "" : ", ") + std::string(queues_.name(queue));
  }
  happenings_.tell(
      Kind::WorkerJoined, now_,
      [&] {
        return fmt::format("worker '{}' joined{} with {} for {}", name_of(worker),
                           whence(greets_from_), counted(offer.slots(), "slot", "slots"), names);
      },
      [&] {
        return Happenings::Fields{
            {"worker", name_of(worker)}, {"address", std::string(greets_from_)}, {"queue", names}};
      });
  for (const QueueId queue : queues) tell_served(queue);
}

void BrokerPort::tell_worker(Kind kind, WorkerId worker, std::string_view what) {
  happenings_.tell(
      kind, now_, [&] { return fmt::format("worker '{}' {}", name_of(worker), what); },
      [&] {
        return Happenings::Fields{{"worker", name_of(worker)}};
      });
}

/// `actions_` are those of the step in which it was lost, and so are the attempts.
void BrokerPort::tell_lost(WorkerId worker) {
  const std::uint64_t jobs = scheduler_.book().total().attempts.lost - lost_before_step_;
  const auto together = std::ranges::count_if(actions_, [](const core::Action& action) {
    return std::holds_alternative<core::DeclareLost>(action);
  });
  happenings_.tell(
      Kind::WorkerLost, now_,
      [&] {
        const double silent_s =
            std::chrono::duration<double>(options_.limits.worker_lost_after).count();
        return fmt::format(
            "worker '{}' is lost: silent for {:g} s{}", name_of(worker), silent_s,
            together > 1
                ? fmt::format(", with {}; together they held {}",
                              counted(static_cast<std::uint64_t>(together - 1), "other", "others"),
                              counted(jobs, "job", "jobs"))
                : fmt::format("; it held {}, which others get", counted(jobs, "job", "jobs")));
      },
      [&] {
        return Happenings::Fields{{"worker", name_of(worker)},
                                  {"address", address_of(worker)},
                                  {"count", std::to_string(jobs)}};
      });
}

void BrokerPort::tell_client(Kind kind, const Peer& peer, std::string_view what) {
  happenings_.tell(
      kind, now_,
      [&] { return fmt::format("client '{}' ({}) {}", peer.name, session_text(peer), what); },
      [&] {
        return Happenings::Fields{{"client", peer.name}, {"session", session_text(peer)}};
      });
}

/// As it stands in the ids of its jobs.
std::string BrokerPort::session_text(const Peer& peer) const {
  return peer.session.valid() ? fmt::format("{:016x}", sessions_.key(peer.session)) : "";
}

void BrokerPort::tell_refused(const Peer& peer, const Error& error) {
  happenings_.tell(
      Kind::PeerRefused, now_,
      [&] { return fmt::format("'{}' was turned away: {}", peer.name, error.context); },
      [&] {
        return Happenings::Fields{{"client", peer.name},
                                  {"code", std::string(to_string(error.code))}};
      });
}

void BrokerPort::tell_unserved(QueueId queue) {
  if (queue.index() >= is_unserved_.size()) is_unserved_.resize(queue.index() + 1);
  if (is_unserved_[queue.index()]) return;
  is_unserved_[queue.index()] = true;
  const std::string name(queues_.name(queue));
  happenings_.tell(
      Kind::QueueUnserved, now_,
      [&] {
        return fmt::format(
            "jobs came for queue '{0}' and no worker serves it: start one with `steelyard worker "
            "--queue {0} --exec COMMAND`",
            name);
      },
      [&] {
        return Happenings::Fields{{"queue", name}};
      });
}

void BrokerPort::tell_served(QueueId queue) {
  if (queue.index() >= is_unserved_.size() || !is_unserved_[queue.index()]) return;
  is_unserved_[queue.index()] = false;
  const std::string name(queues_.name(queue));
  happenings_.tell(
      Kind::QueueServed, now_, [&] { return fmt::format("queue '{}' has a worker now", name); },
      [&] {
        return Happenings::Fields{{"queue", name}};
      });
}

void BrokerPort::carry_out(const core::NoteFailure& action) {
  const bool is_quarantined = action.error == ErrorCode::Quarantined;
  happenings_.tell(
      is_quarantined ? Kind::JobQuarantined : Kind::JobFailed, now_,
      [&] {
        const std::string job = id_of(action.session, action.sequence);
        return is_quarantined
                   ? fmt::format(
                         "job {} is in quarantine: its workers died one after another; "
                         "`steelyard quarantine ls` shows how",
                         job)
                   : fmt::format("job {} failed for good: {}", job, why_failed(action.error));
      },
      [&] {
        return Happenings::Fields{{"job", id_of(action.session, action.sequence)},
                                  {"code", std::string(to_string(action.error))}};
      });
}

void BrokerPort::tell_decided(const wire::Quarantine& message) {
  const std::string job = JobId{message.job().session(), message.job().sequence()}.text();
  const auto fields = [&] { return Happenings::Fields{{"job", job}}; };
  happenings_.tell(
      message.release() ? Kind::JobReleased : Kind::JobDropped, now_,
      [&] {
        return message.release() ? fmt::format("job {} was released and runs once more", job)
                                 : fmt::format("job {} was dropped from quarantine", job);
      },
      fields);
}

void BrokerPort::tell_rejected(std::string_view client, ErrorCode reason, std::uint32_t count,
                               const std::function<std::string()>& text) {
  happenings_.tell(
      Kind::JobsRefused, now_,
      [&] {
        return fmt::format("{} of client '{}' {} refused ({}): {}", counted(count, "job", "jobs"),
                           client, count == 1 ? "was" : "were", to_string(reason), text());
      },
      [&] {
        return Happenings::Fields{{"client", std::string(client)},
                                  {"code", std::string(to_string(reason))},
                                  {"count", std::to_string(count)}};
      });
}

void BrokerPort::tell_load_failed(WorkerId worker, std::string_view state) {
  happenings_.tell(
      Kind::LoadFailed, now_,
      [&] {
        return fmt::format("worker '{}' could not load state '{}'; its own log says why",
                           name_of(worker), state);
      },
      [&] {
        return Happenings::Fields{{"worker", name_of(worker)}, {"state", std::string(state)}};
      });
}

/// For the job of this lease.
void BrokerPort::tell_load_failed(WorkerId worker, Lease lease) {
  const core::Job* job = running(lease);
  if (job == nullptr) return;
  tell_load_failed(worker, states_.name(scheduler_.lanes().info(job->lane).state));
}

/// `name`: of the peer; empty: it has not greeted.
void BrokerPort::tell_malformed(std::string_view name, const Error& error) {
  happenings_.tell(
      Kind::MessageMalformed, now_,
      [&] {
        const std::string who =
            name.empty() ? "a peer that has not greeted" : fmt::format("'{}'", name);
        return fmt::format("{} said what cannot be understood: {}", who, error.context);
      },
      [&] {
        return Happenings::Fields{{"client", std::string(name)},
                                  {"code", std::string(to_string(error.code))}};
      });
}

void BrokerPort::tell_journal(bool failing) {
  if (failing == journal_is_failing_) return;
  journal_is_failing_ = failing;
  happenings_.tell(
      failing ? Kind::JournalFailing : Kind::JournalRecovered, now_,
      [&] {
        return failing ? fmt::format(
                             "the journal takes nothing: {}; jobs that ask for it are "
                             "refused until it does",
                             journal_error_)
                       : std::string("the journal is written to again");
      },
      [] { return Happenings::Fields{}; });
}

}  // namespace steelyard::zmq_runtime
