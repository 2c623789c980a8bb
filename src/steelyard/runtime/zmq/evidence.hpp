#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/core/standing.hpp"

namespace steelyard::zmq_runtime {

/// How attempts of jobs have ended with their workers, for those who look at a job in quarantine.
///
/// Bounded: kMaxDeaths per job, the latest ones, each with kMaxTextBytes; kMaxJobs jobs, beyond
/// which the one noted first is forgotten. Thread safety: none. Cost: O(log jobs).
class Evidence {
 public:
  static constexpr std::size_t kMaxDeaths = 16;
  static constexpr std::size_t kMaxTextBytes = 1'000;
  static constexpr std::size_t kMaxJobs = 10'000;

  struct Entry {
    std::string worker;  ///< its name
    core::Death how = core::Death::Silent;
    std::string text;  ///< what it said last; empty: nothing
    std::uint32_t attempt = 0;
    std::int64_t at_unix_ms = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  void note(SessionId session, std::uint64_t sequence, Entry entry);
  void forget(SessionId session, std::uint64_t sequence);
  /// In the order in which they were noted; empty: nothing is known.
  [[nodiscard]] const std::vector<Entry>& of(SessionId session, std::uint64_t sequence) const;
  [[nodiscard]] std::size_t jobs() const { return entries_.size(); }

 private:
  using Job = std::pair<SessionId, std::uint64_t>;

  struct Noted {
    std::uint64_t order = 0;
    std::vector<Entry> entries;
  };
  std::map<Job, Noted> entries_;
  std::map<std::uint64_t, Job> by_order_;
  std::uint64_t last_order_ = 0;
};

/// The stable name of a death, for reports and the journal: "silent", "left", "forgotten", "died".
[[nodiscard]] std::string_view to_string(core::Death how);
/// Silent when there is none of that name.
[[nodiscard]] core::Death death_from(std::string_view name);

}  // namespace steelyard::zmq_runtime
