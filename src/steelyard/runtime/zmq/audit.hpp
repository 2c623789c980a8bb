#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/wire/messages.pb.h"

namespace steelyard::zmq_runtime {

/// Compares what peers have counted themselves with what the broker has counted.
///
/// A peer says its counts with each beat. What it has sent before the beat has been heard before
/// it, so that at this instant both sides must have counted the same; what the broker has not heard
/// is a difference, and stays one. What was lost with a connection is none: greeting again repairs
/// that, and counting goes on from there.
/// Bounded: kMaxDifferences differences, each with kMaxNamed jobs. Thread safety: none.
class Audit {
 public:
  /// A worker has been welcomed that is not known from before.
  void begin(WorkerId worker);
  void end(WorkerId worker) { workers_.erase(worker); }
  /// A worker has greeted again; its next beat says where counting goes on.
  void resume(WorkerId worker) { workers_[worker].resumes = true; }
  /// A report of the worker was heard, whatever it is worth.
  void heard(WorkerId worker, Lease lease);

  /// A worker's beat; `name` is shown to people.
  void compare(WorkerId worker, const std::string& name, const wire::Tally& tally);
  /// A client's beat, and what the broker has counted of its session.
  struct Session {
    std::uint64_t key = 0;
    std::uint64_t watermark = 0;
    std::uint64_t received = 0;
  };
  void compare(const Session& session, const std::string& name, const wire::Tally& tally);
  /// A client has ended after its last receipt: what differed when it beat has been heard since.
  void end_complete(std::uint64_t session);

  /// What differs between a peer and the broker.
  struct Difference {
    std::string peer;
    std::string role;
    std::string what;  ///< that was counted
    std::uint64_t there = 0;
    std::uint64_t here = 0;
    std::vector<JobId> jobs;  ///< that the peer has counted and the broker has not, if known
  };
  [[nodiscard]] std::vector<Difference> differences() const;
  [[nodiscard]] std::uint64_t comparisons() const { return comparisons_; }

 private:
  static constexpr std::size_t kMaxDifferences = 1'000;
  static constexpr std::size_t kMaxNamed = 100;
  static constexpr std::size_t kMaxRecent = 100'000;

  struct Worker {
    std::uint64_t heard = 0;
    bool resumes = false;                      // with its next beat
    std::unordered_set<std::uint64_t> recent;  // leases of reports since its last beat
  };
  [[nodiscard]] static std::string client_key(std::uint64_t session);
  void note(const std::string& key, Difference difference);

  std::map<WorkerId, Worker> workers_;
  std::map<std::string, Difference> differences_;  // by peer and what is counted
  std::uint64_t comparisons_ = 0;
};

}  // namespace steelyard::zmq_runtime
