#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/stop_signals.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "submit/job_source.hpp"

namespace steelyard::cli {

/// Hands in all jobs of a source without waiting for their results, and prints an id per job once
/// the broker has acknowledged it, at the durability that it asks for. Of a job whose key is in use
/// it is the id of the one that has it. A job that is refused is told on standard error.
class HandOver {
 public:
  HandOver(std::string queue, const RemoteJobOptions& job, bool json)
      : queue_(std::move(queue)), job_(job), json_(json) {
    job_.keep = true;
  }

  /// Returns the exit status.
  [[nodiscard]] int run(Client& client, JobSource& source, StopSignals& signals);

 private:
  [[nodiscard]] Result<int> hand_in(Client& client, const std::vector<std::string>& payloads);
  [[nodiscard]] std::map<std::uint64_t, Error> errors();
  [[nodiscard]] std::string line(std::uint64_t tag, const JobId& id) const;

  const std::string queue_;
  RemoteJobOptions job_;
  const bool json_;
  CompletionQueue answers_;  // of jobs that are refused, or done already
  std::uint64_t handed_in_ = 0;
  bool refused_ = false;
};

}  // namespace steelyard::cli
