#include <fmt/format.h>

#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// How jobs stand, and draining workers.
namespace steelyard::zmq_runtime {

void BrokerPort::hear_ask(Peer& peer, const wire::Envelope& envelope) {
  wire::Ask message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  if (message.jobs_size() > kMaxAskedJobs) {
    return fault(peer, {ErrorCode::Malformed,
                        fmt::format("ask about at most {} jobs at once", kMaxAskedJobs)});
  }
  const SessionId by = peer.session;
  told_.header.set_request(message.request());
  for (const wire::JobName& job : message.jobs()) {
    const SessionId session = sessions_.find(job.session());
    if (told_.block.size() < kFlushBytes) {
      step(core::JobAsked{by, message.request(), session, job.sequence()});
    } else {
      carry_out(core::AnswerJob{});
      told_.header.set_standings(told_.header.standings_size() - 1, "");
    }
  }
  outbox(peer).say(told_.header, told_.block);
  told_.clear();
}

void BrokerPort::carry_out(const core::AnswerJob& action) {
  wire::Told& header = told_.header;
  header.add_standings(std::string(to_string(action.standing)));
  header.add_codes(action.error ? std::string(to_string(*action.error)) : std::string());
  header.add_waited_us(in_microseconds(action.waited));
  header.add_run_us(in_microseconds(action.run_time));
  header.add_progress(action.progress);
  const std::string_view text = answer_text(action.result, action.error);
  wire::LengthsWriter(*header.mutable_lengths()).add(text.size());
  told_.block.append(text);
}

std::string BrokerPort::audit_report() const {
  boost::json::array rows;
  for (const Audit::Difference& difference : audit_.differences()) {
    boost::json::array jobs;
    for (const JobId& job : difference.jobs) jobs.emplace_back(job.text());
    rows.push_back({{"peer", difference.peer},
                    {"role", difference.role},
                    {"what", difference.what},
                    {"counted_there", difference.there},
                    {"counted_here", difference.here},
                    {"jobs", std::move(jobs)}});
  }
  const core::Counters& total = scheduler_.book().total();
  const bool balanced = total.jobs.balanced() && total.attempts.balanced() && rows.empty();
  return monitor::json_text(
      {{"balanced", balanced},
       {"ledgers_balanced", total.jobs.balanced() && total.attempts.balanced()},
       {"accepted", total.jobs.accepted},
       {"settled", total.jobs.accepted - total.jobs.unfinished()},
       {"workers", scheduler_.workers().joined_count()},
       {"clients", scheduler_.open_sessions()},
       {"comparisons", audit_.comparisons()},
       {"rows", std::move(rows)}});
}

void BrokerPort::hear_drain(Peer& peer, const wire::Envelope& envelope) {
  wire::Drain message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  int drained = 0;
  for (std::uint32_t i = 0; i < worker_names_.size(); ++i) {
    const WorkerId worker{i};
    if (!scheduler_.workers().joined(worker) || worker_names_[i] != message.worker()) continue;
    tell_worker(Happening::Kind::WorkerDraining, worker,
                "is to finish what it has and go, as somebody asked");
    step(core::WorkerDrainRequested{worker});
    ++drained;
  }
  wire::Report answer;
  answer.set_request(message.request());
  if (drained == 0) answer.set_code(std::string(to_string(ErrorCode::InvalidArgument)));
  // An endless name is not sent back to whoever said it.
  outbox(peer).say(answer,
                   drained == 0
                       ? fmt::format("no worker is called '{}'", message.worker().substr(0, 100))
                       : monitor::json_text(boost::json::object{{"draining", drained}}));
}

void BrokerPort::hear_announce(Peer& peer, const wire::Envelope& envelope) {
  wire::Announce message;
  if (const auto read = wire::read(envelope, message); !read) return fault(peer, read.error());
  auto announced = monitor::Announcement::parse(message.kind(), message.name(), envelope.block)
                       .and_then([&](monitor::Announcement announcement) {
                         announcement.at = now_;
                         return announcements_.put(peer.session, std::move(announcement));
                       });
  answer(peer, message.request(), announced.map([] { return std::string("{}"); }));
}

}  // namespace steelyard::zmq_runtime
