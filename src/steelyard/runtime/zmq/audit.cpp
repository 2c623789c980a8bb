#include "steelyard/runtime/zmq/audit.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace steelyard::zmq_runtime {

void Audit::begin(WorkerId worker) {
  workers_[worker] = {};
}

void Audit::heard(WorkerId worker, Lease lease) {
  Worker& known = workers_[worker];
  ++known.heard;
  if (known.recent.size() < kMaxRecent) known.recent.insert(lease.bits());
}

void Audit::compare(WorkerId worker, const std::string& name, const wire::Tally& tally) {
  ++comparisons_;
  Worker& known = workers_[worker];
  if (std::exchange(known.resumes, false)) {
    known.heard = tally.done();
    known.recent.clear();
    return;
  }
  Difference difference{name, "worker", "reports", tally.done(), known.heard, {}};
  const int named = std::min(tally.recent_leases_size(), tally.recent_jobs_size());
  for (int i = 0; i < named && difference.jobs.size() < kMaxNamed; ++i) {
    if (known.recent.contains(tally.recent_leases(i))) continue;
    difference.jobs.push_back({tally.recent_jobs(i).session(), tally.recent_jobs(i).sequence()});
  }
  known.recent.clear();
  if (tally.done() == known.heard) return;
  note(fmt::format("worker {} {}", worker.value, name), std::move(difference));
}

void Audit::compare(const Session& session, const std::string& name, const wire::Tally& tally) {
  ++comparisons_;
  const std::string key = client_key(session.key);
  if (tally.handed_in() > session.watermark) {
    note(key + "jobs", {name, "client", "jobs", tally.handed_in(), session.watermark, {}});
  } else {
    differences_.erase(key + "jobs");
  }
  if (tally.done() != session.received) {
    note(key + "receipts", {name, "client", "receipts", tally.done(), session.received, {}});
  } else {
    differences_.erase(key + "receipts");
  }
}

void Audit::end_complete(std::uint64_t session) {
  differences_.erase(client_key(session) + "jobs");
  differences_.erase(client_key(session) + "receipts");
}

std::string Audit::client_key(std::uint64_t session) {
  return fmt::format("client {:016x} ", session);
}

/// Jobs that were named once stay named.
void Audit::note(const std::string& key, Difference difference) {
  const auto found = differences_.find(key);
  if (found == differences_.end() && differences_.size() >= kMaxDifferences) return;
  Difference& place = differences_[key];
  std::vector<JobId> jobs = std::move(place.jobs);
  for (const JobId& job : difference.jobs) {
    if (jobs.size() < kMaxNamed) jobs.push_back(job);
  }
  place = std::move(difference);
  place.jobs = std::move(jobs);
}

std::vector<Audit::Difference> Audit::differences() const {
  std::vector<Difference> all;
  for (const auto& [key, difference] : differences_) all.push_back(difference);
  return all;
}

}  // namespace steelyard::zmq_runtime
