#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "steelyard/sim/arrival.hpp"
#include "steelyard/sim/histogram.hpp"
#include "steelyard/sim/recorded/time_log.hpp"
#include "steelyard/trace/reader.hpp"

namespace steelyard::sim {

/// Which jobs came to a recorded broker, and how long they ran.
/// Thread safety: none. Memory: some 100 bytes per job.
class JobLog {
 public:
  static constexpr std::uint32_t kMaxJobs = 4'000'000;

  void take(const trace::Step& step);

  /// What the jobs come to, when everything was taken.
  struct Jobs {
    std::vector<Arrival> arrivals;         ///< their times begin with the first one's
    std::vector<std::vector<TagId>> tags;  ///< what their spans point to
    Histogram waits;                       ///< of those that were run, from arrival to the run
    std::uint64_t guessed = 0;             ///< no report says how long they ran: a guess
  };
  [[nodiscard]] Jobs jobs() const;

  [[nodiscard]] const TimeLog& times() const { return times_; }
  /// Jobs that were cancelled, given up with their client, or beyond kMaxJobs.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
  /// Attempts that began with a load.
  [[nodiscard]] std::uint64_t loads() const { return loads_; }
  /// When the first job came, and when the last thing happened to any.
  [[nodiscard]] TimePoint begin() const { return begin_; }
  [[nodiscard]] TimePoint end() const { return end_; }

 private:
  struct Job {
    Arrival arrival;
    TimePoint ended;
    std::uint32_t tags = 0;  ///< place in tag_sets_
    bool run = false;
    bool received = false;     ///< its requester has had the result from a worker
    bool load_in_run = false;  ///< its run time contains that of a load
    bool left_out = false;
  };
  /// Jobs of a session with consecutive numbers.
  struct Run {
    std::uint64_t first_sequence = 0;
    std::uint64_t count = 0;
    std::uint32_t first_job = 0;
  };
  struct Session {
    std::uint64_t watermark = 0;
    std::vector<Run> runs;
  };
  struct Grant {
    std::uint32_t stamp = 0;
    std::uint32_t job = 0;
    bool loads = false;
  };

  void submit(const core::JobsSubmitted& event, const core::Actions& decisions);
  void add(const core::JobsSubmitted& event, std::uint64_t first, std::uint64_t count);
  void report(Lease lease, const core::AttemptReport& report);
  void receive(const core::ResultsReceived& event);
  void set_left_out(Job& job, bool left_out);
  [[nodiscard]] Duration run_time(const Job& job) const;
  void forget(SessionId session);
  [[nodiscard]] Job* find(SessionId session, std::uint64_t sequence);
  [[nodiscard]] std::uint32_t tag_set(std::span<const TagId> tags);

  TimePoint now_;
  TimePoint begin_;
  TimePoint end_;
  std::vector<Job> jobs_;
  std::vector<std::vector<TagId>> tag_sets_{{}};
  std::map<std::vector<TagId>, std::uint32_t> tag_numbers_{{{}, 0}};
  std::map<SessionId, Session> sessions_;
  std::unordered_map<std::uint32_t, Grant> grants_;  // by place
  TimeLog times_;
  std::uint64_t loads_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace steelyard::sim
