#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/sim/catalogue.hpp"
#include "steelyard/sim/recorded/crew_log.hpp"
#include "steelyard/sim/recorded/job_log.hpp"
#include "steelyard/sim/scenario.hpp"
#include "steelyard/trace/reader.hpp"

namespace steelyard::sim {

/// The workload in a recording of a broker: which jobs came when and how long they ran, how long
/// states took to load, and which workers were there when. What the broker decided is no part of
/// it, so that any strategy can be tried on it.
///
/// A job's run time is that of its last attempt; one that was never run has the mean of those like
/// it. Jobs that were cancelled, or given up with their client, are left out. Pins are, too.
/// Thread safety: none. Memory: some 100 bytes per job.
class RecordedTraffic {
 public:
  explicit RecordedTraffic(const trace::Preface& preface) : prior_(preface.options.time_prior) {}

  /// Takes the next step of the recording.
  void take(const trace::Step& step);

  /// What really happened, beside the workload.
  struct Facts {
    std::uint64_t jobs = 0;      ///< of the workload
    std::uint64_t guessed = 0;   ///< of these, never run: their run times are a guess
    std::uint64_t left_out = 0;  ///< and no part of the workload
    std::uint32_t workers = 0;   ///< at once, at most
    std::uint32_t slots = 0;     ///< jobs that could run at once, at most
    std::uint64_t loads = 0;
    bool loads_told = false;  ///< how long loads took was told, and is no guess
    Duration span{};          ///< from the first job to the last that happened to any
    Histogram waits;          ///< from arrival to the run
  };

  /// To be called once, when every step was taken. Errors: InvalidArgument when no job came, or no
  /// worker was there.
  [[nodiscard]] Result<void> finish(const trace::Names& names);

  /// Requires: finished.
  [[nodiscard]] const Facts& facts() const { return facts_; }
  /// Alike each time. Only the number of jobs may be another one. Requires: finished.
  [[nodiscard]] Scenario scenario(const Overrides& overrides) const;

 private:
  const strategy::Estimates::Prior prior_;
  JobLog job_log_;
  CrewLog crew_log_;
  std::map<TenantId, double> weights_;

  Facts facts_;
  std::shared_ptr<const JobLog::Jobs> jobs_;
  std::shared_ptr<const Crew> crew_;
  std::vector<StateFacts> states_;
  std::vector<std::string> tenants_;
  std::vector<double> tenant_weights_;
  std::uint32_t queues_ = 0;
};

}  // namespace steelyard::sim
