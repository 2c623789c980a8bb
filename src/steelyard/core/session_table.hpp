#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/core/job_table.hpp"

namespace steelyard::core {

/// Finds a session's unsettled jobs by their sequence numbers.
///
/// Numbers are kept in pages of 64, so that neighbouring ones, which is what clients use, cost four
/// bytes each. Cost: O(1); an allocation once per page.
class SequenceIndex {
 public:
  void insert(std::uint64_t sequence, std::uint32_t slot);
  void erase(std::uint64_t sequence);
  /// kNoJob when there is none.
  [[nodiscard]] std::uint32_t find(std::uint64_t sequence) const;
  /// All slots, in order of their sequence numbers. Cost: O(n log n).
  [[nodiscard]] std::vector<std::uint32_t> slots() const;

 private:
  static constexpr std::uint64_t kPageJobs = 64;
  struct Page {
    std::array<std::uint32_t, kPageJobs> slots;
    std::uint32_t live = 0;
  };
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;
  std::unique_ptr<Page> spare_;  // kept, so that one job at a time does not allocate
};

/// One client's conversation.
struct Session {
  PrincipalId principal;
  bool open = false;                   ///< its number is in use
  bool ending = false;                 ///< takes no more jobs, and ends with the last one
  bool closing = false;                ///< gone for good; forgotten when its last job is settled
  bool away = false;                   ///< from the log, and its client has not come back
  bool receipts = true;                ///< it says which answers it has
  std::uint64_t received = 0;          ///< jobs settled by the client's receipts
  std::uint64_t watermark = 0;         ///< highest sequence number seen
  std::uint64_t restored_through = 0;  ///< highest one that was in the log
  std::uint32_t restored = 0;          ///< jobs from the log of which something is still kept
  std::uint32_t pending_acknowledgements = 0;  ///< until what it handed in is on disk
  std::uint64_t serial = 0;                    ///< no other session has had it
  std::uint32_t unfinished = 0;                ///< jobs that are unsettled or stored
  std::uint32_t stored = 0;                    ///< of these: the stored ones
  TimePoint opened_at;
  TimePoint last_heard;
  SequenceIndex jobs;

  /// The highest number that it may have handed in.
  [[nodiscard]] std::uint64_t highest() const { return std::max(watermark, restored_through); }
};

}  // namespace steelyard::core
