#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "steelyard/base/indexed_heap.hpp"
#include "steelyard/base/placed_heap.hpp"
#include "steelyard/strategy/amortised/tenant_order.hpp"
#include "steelyard/strategy/strategy.hpp"

namespace steelyard::strategy {

using GroupId = Id<struct GroupTag>;

/// The waiting work for one state, for one set of pools.
struct Group {
  StateId state;
  std::uint64_t pools = 0;
  std::uint32_t waiting = 0;      ///< jobs
  std::uint64_t arrivals_ns = 0;  ///< sum of their times of arrival, modulo 2^64
  std::uint32_t holders = 0;      ///< workers of these pools that hold the state and take jobs
  Estimate load;                  ///< of the state
  Estimate run;                   ///< of its jobs
  bool listed = false;            ///< as worth loading
  bool counted = false;           ///< among the states that are waited for

  [[nodiscard]] bool needs_state() const { return state.valid(); }
  [[nodiscard]] double work_s() const { return waiting * run.mean_s; }
  [[nodiscard]] double waited_s(TimePoint now) const {
    Lane all;
    all.waiting = waiting;
    all.arrivals_ns = arrivals_ns;
    return std::chrono::duration<double>(all.waited(now)).count();
  }
};

/// The waiting lanes in the order in which they are served: by group, in it by band, in that by
/// user, in that by arrival.
///
/// A lane's band is its priority, from kLowestBand to kHighestBand; its first job rises one band
/// for each `max_wait` that it has waited, up to the highest band that was ever seen. Cost: O(log
/// lanes of a user in a band) per change. Thread safety: none.
class LaneIndex {
 public:
  static constexpr std::int32_t kLowestBand = -20;
  static constexpr std::int32_t kHighestBand = 20;

  /// The lane changed; its group, whose numbers are up to date again. Before the first call for a
  /// lane since it was made, its group is found by its state and pools.
  GroupId update(const View& view, LaneId lane, LaneChange change, Duration max_wait);
  /// Jobs that came with the last update; 0 when some left.
  [[nodiscard]] std::uint32_t came() const { return came_; }

  /// Moves the lanes up whose first jobs have waited for another `max_wait`.
  void age(const View& view, Duration max_wait);

  [[nodiscard]] Group& group(GroupId id) { return groups_[id.index()]; }
  [[nodiscard]] const Group& group(GroupId id) const { return groups_[id.index()]; }
  [[nodiscard]] std::uint32_t groups() const { return static_cast<std::uint32_t>(groups_.size()); }
  /// none() when the lane has no work.
  [[nodiscard]] GroupId group_of(LaneId lane) const {
    const bool waits = lane.index() < places_.size() && places_[lane.index()].waiting > 0;
    return waits ? places_[lane.index()].group : GroupId::none();
  }
  /// Of a lane with work.
  [[nodiscard]] std::int32_t band(LaneId lane) const {
    return rows_[places_[lane.index()].row].band;
  }
  /// Users' places in bands of groups that have not been given up; see `clear`.
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] const std::vector<GroupId>& groups_of(StateId state) const;
  /// Whether there are groups that were made since this was last asked.
  [[nodiscard]] std::optional<GroupId> take_new_group();

  /// What is served next of a group.
  struct Head {
    LaneId lane;
    std::int32_t band = 0;
    std::int64_t tag = 0;
    std::uint64_t order = 0;
    bool has_state = false;
    /// Higher bands first, then whoever is owed most, then in order of arrival.
    friend bool operator<(const Head& a, const Head& b) {
      if (a.band != b.band) return a.band > b.band;
      return a.tag != b.tag ? a.tag < b.tag : a.order < b.order;
    }
  };
  [[nodiscard]] std::optional<Head> head(const View& view, GroupId group,
                                         const TenantOrder& tenants) const;
  /// When the first job of the group must begin, loading not included: the lane that says so. Looks
  /// at all lanes of the group the first time, and again after they changed.
  struct Due {
    TimePoint by;
    LaneId lane;
  };
  [[nodiscard]] std::optional<Due> due(const View& view, GroupId group, Duration max_wait);
  /// Nobody will ask when the group is due for some time.
  void forget_due(GroupId group);

  void clear();

 private:
  static constexpr std::uint32_t kAbsent = base::PlacedHeap<std::uint64_t>::kAbsent;

  /// One user's lanes in a band of a group, by arrival.
  struct Row {
    GroupId group;
    std::int32_t band = 0;
    TenantId tenant;
    base::PlacedHeap<std::uint64_t> lanes;
    std::uint32_t place = kAbsent;  // in its shelf
  };
  /// A row with lanes, in short: looking for the next one goes through these only.
  struct Listed {
    std::uint64_t order = 0;  // of the first job
    TenantId tenant;
    LaneId lane;  // of the first job
  };
  struct Shelf {
    std::int32_t band = 0;
    std::vector<Listed> rows;
  };
  struct Place {
    GroupId group;
    std::uint32_t row = kAbsent;
    std::uint32_t in_row = kAbsent;
    std::uint32_t in_due = kAbsent;
    std::uint32_t waiting = 0;
    std::uint64_t arrivals_ns = 0;
  };
  /// Lanes of a group by when they are due; kept only while somebody asks.
  struct DueLanes {
    bool kept = false;
    base::PlacedHeap<TimePoint> lanes;
  };
  struct RowKey {
    std::uint64_t group_and_band = 0;
    std::uint32_t tenant = 0;
    friend bool operator==(const RowKey&, const RowKey&) = default;
  };
  struct RowKeyHash {
    std::size_t operator()(const RowKey& key) const noexcept {
      const std::uint64_t h =
          (key.group_and_band ^ (std::uint64_t{key.tenant} << 17)) * 0x9e37'79b9'7f4a'7c15;
      return h ^ (h >> 32);
    }
  };
  struct GroupKey {
    StateId state;
    std::uint64_t pools = 0;
    friend bool operator==(const GroupKey&, const GroupKey&) = default;
  };
  struct GroupKeyHash {
    std::size_t operator()(const GroupKey& key) const noexcept {
      return (key.pools * 0x9e37'79b9'7f4a'7c15) ^ (std::uint64_t{key.state.value} << 7);
    }
  };

  GroupId group_for(const View& view, const Lane& lane);
  [[nodiscard]] std::int32_t band_of(const Lane& lane, TimePoint now, Duration max_wait) const;
  void see_band(const View& view, std::int32_t band, Duration max_wait);
  void put(const View& view, LaneId lane, Duration max_wait);
  void take_out(LaneId lane);
  void take_from_row(Place& place);
  static RowKey key_of(GroupId group, std::int32_t band, TenantId tenant);
  std::uint32_t row_for(GroupId group, std::int32_t band, TenantId tenant);
  [[nodiscard]] const Listed* find_row(GroupId group, const Shelf& shelf, TenantId tenant) const;
  [[nodiscard]] const Listed& most_owed(const View& view, GroupId group, const Shelf& shelf,
                                        const TenantOrder& tenants) const;
  Shelf& shelf_for(GroupId group, std::int32_t band);
  void list(std::uint32_t number);
  void unlist(Row& row);
  void update_due(const View& view, LaneId lane, Duration max_wait);
  void update_ageing(const Lane& lane, LaneId id, std::int32_t band, Duration max_wait);
  auto moved_in_row();
  auto moved_in_due();

  std::vector<Group> groups_;
  std::vector<std::vector<Shelf>> shelves_;  // by group; highest band first
  std::vector<DueLanes> due_;                // by group
  std::unordered_map<GroupKey, GroupId, GroupKeyHash> group_numbers_;
  std::vector<std::vector<GroupId>> groups_by_state_;
  std::vector<GroupId> stateless_groups_;
  std::vector<GroupId> new_groups_;
  std::vector<Row> rows_;
  std::unordered_map<RowKey, std::uint32_t, RowKeyHash> row_numbers_;
  std::vector<Place> places_;            // by lane
  base::IndexedHeap<TimePoint> ageing_;  // by lane: when its first job rises
  std::int32_t highest_band_ = kLowestBand;
  std::int32_t lowest_band_ = kHighestBand;
  std::uint32_t came_ = 0;
};

/// The part of `max_wait` that a job of this band may wait: half of it per band above 0.
[[nodiscard]] Duration wait_in_band(Duration max_wait, std::int32_t band);

}  // namespace steelyard::strategy
