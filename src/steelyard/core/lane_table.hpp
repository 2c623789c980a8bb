#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/core/job_list.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::core {

using TagSetId = Id<struct TagSetTag>;

/// Different combinations of tags that jobs may ask for, in a scheduler's life; TooManyLanes.
inline constexpr std::uint32_t kMaxTagSets = 10'000;

/// What makes jobs alike for every decision.
struct LaneKey {
  QueueId queue;
  StateId state;
  TenantId tenant;
  std::int32_t priority = 0;
  TagSetId tags;  ///< none(): no tag is asked for
  friend bool operator==(const LaneKey&, const LaneKey&) = default;
};

/// The waiting jobs, first in first out per lane.
///
/// Invariant: a lane's jobs are sorted by Job::order, also after some of them were returned.
/// A lane whose jobs are all settled is reused for another key when the table is full.
/// Cost: O(1) per operation; `restore` also passes the jobs restored earlier.
class LaneTable {
 public:
  LaneTable(JobTable& jobs, std::uint32_t max_lanes) : jobs_(jobs), max_lanes_(max_lanes) {}

  /// The lane with this key, made now if needed; none() when the table is full.
  /// `pools` is asked for the mask of the pools that may serve a new lane. `beyond_limit`: the
  /// table is never full, for what was accepted by a broker with other limits.
  template <class PoolsOf>
  LaneId open(const LaneKey& key, PoolsOf&& pools_of, bool beyond_limit = false) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second;
    const LaneId id = claim(beyond_limit);
    if (id.valid()) start(id, key, pools_of(key));
    return id;
  }

  /// The number of these tags together; sorted, without repetitions. none() when the table is full.
  TagSetId intern(std::span<const TagId> tags);
  [[nodiscard]] std::span<const TagId> tags(TagSetId id) const;
  [[nodiscard]] TagSetId tags(LaneId id) const { return tag_sets_of_[id.index()]; }
  [[nodiscard]] LaneKey key(LaneId id) const;

  /// A job of this lane begins to live, until `settle`.
  void begin(LaneId id) { ++unsettled_[id.index()]; }
  /// Appends a job that comes after all others.
  strategy::LaneChange append(LaneId id, std::uint32_t slot);
  /// Puts a job back where its order says.
  strategy::LaneChange restore(LaneId id, std::uint32_t slot);
  /// Takes a waiting job out.
  strategy::LaneChange remove(LaneId id, std::uint32_t slot);
  /// A job of this lane is settled.
  void settle(LaneId id);

  [[nodiscard]] std::uint32_t head(LaneId id) const { return lists_[id.index()].first; }
  [[nodiscard]] const strategy::Lane& info(LaneId id) const { return infos_[id.index()]; }
  void set_pools(LaneId id, std::uint64_t pools) { infos_[id.index()].pools = pools; }

  [[nodiscard]] const std::vector<strategy::Lane>& infos() const { return infos_; }
  [[nodiscard]] const std::vector<LaneId>& waiting() const { return waiting_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(infos_.size()); }

 private:
  struct KeyHash {
    std::size_t operator()(const LaneKey& key) const noexcept;
  };

  LaneId claim(bool beyond_limit);
  LaneId add();
  void start(LaneId id, const LaneKey& key, std::uint64_t pools);
  void count(LaneId id, std::uint32_t slot, bool comes);
  void head_changed(LaneId id);
  void list_as_waiting(LaneId id);
  void unlist(LaneId id);

  JobTable& jobs_;
  std::uint32_t max_lanes_;
  std::vector<strategy::Lane> infos_;
  std::vector<JobList> lists_;
  std::vector<TagSetId> tag_sets_of_;
  std::vector<std::uint32_t> unsettled_;       // jobs of the lane that are not settled
  std::vector<std::uint32_t> waiting_places_;  // place in waiting_, or kNoJob
  std::vector<LaneId> waiting_;
  std::vector<LaneId> reusable_;  // candidates; looked at again when taken
  std::vector<bool> listed_as_reusable_;
  std::unordered_map<LaneKey, LaneId, KeyHash> by_key_;
  std::map<std::vector<TagId>, TagSetId> tag_set_numbers_;
  std::vector<const std::vector<TagId>*> tag_sets_;  // the map's own keys
};

}  // namespace steelyard::core
