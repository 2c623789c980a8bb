#include "steelyard/strategy/amortised/lane_index.hpp"

#include <algorithm>

namespace steelyard::strategy {
namespace {

// A shelf with so many users is looked through; in a larger one the most owed users are looked for.
constexpr std::size_t kRowsLookedAt = 128;
constexpr std::uint32_t kUsersLookedFor = 16;
constexpr std::int32_t kMostHalvings = 6;
constexpr std::int32_t kMostDoublings = 2;

}  // namespace

Duration wait_in_band(Duration max_wait, std::int32_t band) {
  if (band < 0) return max_wait * (1 << std::min(-band, kMostDoublings));
  return max_wait / (1 << std::min(band, kMostHalvings));
}

auto LaneIndex::moved_in_row() {
  return [this](std::uint32_t lane, std::uint32_t place) { places_[lane].in_row = place; };
}
auto LaneIndex::moved_in_due() {
  return [this](std::uint32_t lane, std::uint32_t place) { places_[lane].in_due = place; };
}

GroupId LaneIndex::update(const View& view, LaneId id, LaneChange change, Duration max_wait) {
  if (id.index() >= places_.size()) places_.resize(id.index() + 1);
  const Lane& lane = view.lane(id);
  if (places_[id.index()].waiting == 0) places_[id.index()].group = group_for(view, lane);
  Place& place = places_[id.index()];
  Group& group = groups_[place.group.index()];
  came_ = lane.waiting > place.waiting ? lane.waiting - place.waiting : 0;
  group.waiting += lane.waiting - place.waiting;
  group.arrivals_ns += lane.arrivals_ns - place.arrivals_ns;
  place.waiting = lane.waiting;
  place.arrivals_ns = lane.arrivals_ns;
  if (change == LaneChange::Grew) return place.group;
  if (lane.waiting == 0) {
    take_out(id);
  } else {
    put(view, id, max_wait);
  }
  update_due(view, id, max_wait);
  return place.group;
}

GroupId LaneIndex::group_for(const View& view, const Lane& lane) {
  const auto [entry, is_new] = group_numbers_.try_emplace({lane.state, lane.pools});
  if (!is_new) return entry->second;
  const GroupId id{static_cast<std::uint32_t>(groups_.size())};
  entry->second = id;
  Group& group = groups_.emplace_back();
  group.state = lane.state;
  group.pools = lane.pools;
  if (lane.state.valid()) {
    group.load = view.estimates().load(lane.state, PoolId::none());
    group.run = view.estimates().run(lane.queue, lane.state, PoolId::none());
    if (lane.state.index() >= groups_by_state_.size()) {
      groups_by_state_.resize(lane.state.index() + 1);
    }
    groups_by_state_[lane.state.index()].push_back(id);
  } else {
    stateless_groups_.push_back(id);
  }
  shelves_.emplace_back();
  due_.emplace_back();
  new_groups_.push_back(id);
  return id;
}

const std::vector<GroupId>& LaneIndex::groups_of(StateId state) const {
  static const std::vector<GroupId> kNone;
  if (!state.valid()) return stateless_groups_;
  return state.index() < groups_by_state_.size() ? groups_by_state_[state.index()] : kNone;
}

std::optional<GroupId> LaneIndex::take_new_group() {
  if (new_groups_.empty()) return std::nullopt;
  const GroupId id = new_groups_.back();
  new_groups_.pop_back();
  return id;
}

std::int32_t LaneIndex::band_of(const Lane& lane, TimePoint now, Duration max_wait) const {
  const std::int32_t base = std::clamp(lane.priority, kLowestBand, kHighestBand);
  if (base >= highest_band_) return base;
  const auto risen = (now - lane.head_arrival) / max_wait;
  return static_cast<std::int32_t>(std::min<std::int64_t>(highest_band_, base + risen));
}

/// A band higher than all before: what has waited for long may rise to it.
void LaneIndex::see_band(const View& view, std::int32_t band, Duration max_wait) {
  lowest_band_ = std::min(lowest_band_, band);
  if (band <= highest_band_) return;
  highest_band_ = band;
  if (lowest_band_ == band) return;
  for (const LaneId lane : view.waiting_lanes()) {
    if (lane.index() < places_.size() && places_[lane.index()].in_row != kAbsent) {
      put(view, lane, max_wait);
    }
  }
}

/// Puts the lane where it belongs, wherever it was.
void LaneIndex::put(const View& view, LaneId id, Duration max_wait) {
  const Lane& lane = view.lane(id);
  see_band(view, std::clamp(lane.priority, kLowestBand, kHighestBand), max_wait);
  const std::int32_t band = band_of(lane, view.now(), max_wait);
  update_ageing(lane, id, band, max_wait);
  Place& place = places_[id.index()];
  if (place.row != kAbsent) {
    Row& row = rows_[place.row];
    if (row.band == band && row.tenant == lane.tenant && row.group == place.group) {
      if (place.in_row == kAbsent) {
        row.lanes.insert(id.value, lane.head_order, moved_in_row());
      } else if (row.lanes.key_at(place.in_row) == lane.head_order) {
        return;
      } else {
        row.lanes.update(place.in_row, lane.head_order, moved_in_row());
      }
      return list(place.row);
    }
    if (place.in_row != kAbsent) take_from_row(place);
  }
  place.row = row_for(place.group, band, lane.tenant);
  rows_[place.row].lanes.insert(id.value, lane.head_order, moved_in_row());
  list(place.row);
}

void LaneIndex::take_out(LaneId id) {
  Place& place = places_[id.index()];
  ageing_.erase(id.value);
  // The row is remembered: most lanes have work again, for the same row.
  if (place.in_row != kAbsent) take_from_row(place);
}

void LaneIndex::take_from_row(Place& place) {
  Row& row = rows_[place.row];
  row.lanes.erase(place.in_row, moved_in_row());
  if (row.lanes.empty()) {
    unlist(row);
  } else {
    list(place.row);
  }
}

void LaneIndex::update_ageing(const Lane& lane, LaneId id, std::int32_t band, Duration max_wait) {
  if (lowest_band_ == highest_band_) return;
  if (band >= highest_band_) return ageing_.erase(id.value);
  const std::int32_t base = std::clamp(lane.priority, kLowestBand, kHighestBand);
  ageing_.set(id.value, lane.head_arrival + max_wait * (band - base + 1));
}

void LaneIndex::age(const View& view, Duration max_wait) {
  while (!ageing_.empty() && ageing_.top_key() <= view.now()) {
    put(view, LaneId{ageing_.top()}, max_wait);
  }
}

LaneIndex::RowKey LaneIndex::key_of(GroupId group, std::int32_t band, TenantId tenant) {
  return {(std::uint64_t{group.value} << 8) + static_cast<std::uint8_t>(band), tenant.value};
}

std::uint32_t LaneIndex::row_for(GroupId group, std::int32_t band, TenantId tenant) {
  const auto [entry, is_new] = row_numbers_.try_emplace(key_of(group, band, tenant));
  if (!is_new) return entry->second;
  entry->second = static_cast<std::uint32_t>(rows_.size());
  Row& row = rows_.emplace_back();
  row.group = group;
  row.band = band;
  row.tenant = tenant;
  return entry->second;
}

const LaneIndex::Listed* LaneIndex::find_row(GroupId group, const Shelf& shelf,
                                             TenantId tenant) const {
  const auto found = row_numbers_.find(key_of(group, shelf.band, tenant));
  if (found == row_numbers_.end() || rows_[found->second].place == kAbsent) return nullptr;
  return &shelf.rows[rows_[found->second].place];
}

LaneIndex::Shelf& LaneIndex::shelf_for(GroupId group, std::int32_t band) {
  std::vector<Shelf>& shelves = shelves_[group.index()];
  const auto place =
      std::ranges::find_if(shelves, [band](const Shelf& s) { return s.band <= band; });
  if (place != shelves.end() && place->band == band) return *place;
  return *shelves.insert(place, Shelf{band, {}});
}

/// The row's first job is another one, or the row has one again.
void LaneIndex::list(std::uint32_t number) {
  Row& row = rows_[number];
  Shelf& shelf = shelf_for(row.group, row.band);
  const Listed listed{row.lanes.top_key(), row.tenant, LaneId{row.lanes.top()}};
  if (row.place != kAbsent) {
    shelf.rows[row.place] = listed;
    return;
  }
  row.place = static_cast<std::uint32_t>(shelf.rows.size());
  shelf.rows.push_back(listed);
}

void LaneIndex::unlist(Row& row) {
  Shelf& shelf = shelf_for(row.group, row.band);
  shelf.rows[row.place] = shelf.rows.back();
  rows_[places_[shelf.rows[row.place].lane.index()].row].place = row.place;
  shelf.rows.pop_back();
  row.place = kAbsent;
}

std::optional<LaneIndex::Head> LaneIndex::head(const View& view, GroupId group,
                                               const TenantOrder& tenants) const {
  for (const Shelf& shelf : shelves_[group.index()]) {
    if (shelf.rows.empty()) continue;
    const Listed& listed = most_owed(view, group, shelf, tenants);
    return Head{listed.lane, shelf.band, view.shares().tag(listed.tenant), listed.order,
                groups_[group.index()].state.valid()};
  }
  return std::nullopt;
}

const LaneIndex::Listed& LaneIndex::most_owed(const View& view, GroupId group, const Shelf& shelf,
                                              const TenantOrder& tenants) const {
  const Listed* best = &shelf.rows.front();
  if (shelf.rows.size() == 1) return *best;
  if (shelf.rows.size() > kRowsLookedAt) {
    const Listed* owed = nullptr;
    tenants.each(kUsersLookedFor, [&](TenantId tenant) {
      owed = find_row(group, shelf, tenant);
      return owed != nullptr;
    });
    if (owed != nullptr) return *owed;
  }
  const Shares& shares = view.shares();
  std::int64_t smallest = shares.tag(best->tenant);
  const std::size_t count = std::min(shelf.rows.size(), kRowsLookedAt);
  for (std::size_t i = 1; i < count; ++i) {
    const Listed& row = shelf.rows[i];
    const std::int64_t tag = shares.tag(row.tenant);
    if (tag < smallest || (tag == smallest && row.order < best->order)) {
      best = &row;
      smallest = tag;
    }
  }
  return *best;
}

std::optional<LaneIndex::Due> LaneIndex::due(const View& view, GroupId group, Duration max_wait) {
  DueLanes& due = due_[group.index()];
  if (!due.kept) {
    due.kept = true;
    for (const Shelf& shelf : shelves_[group.index()]) {
      for (const Listed& listed : shelf.rows) {
        const auto& lanes = rows_[places_[listed.lane.index()].row].lanes;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
          update_due(view, LaneId{lanes.member_at(i)}, max_wait);
        }
      }
    }
  }
  if (due.lanes.empty()) return std::nullopt;
  return Due{due.lanes.top_key(), LaneId{due.lanes.top()}};
}

void LaneIndex::forget_due(GroupId group) {
  DueLanes& due = due_[group.index()];
  if (!due.kept) return;
  due.kept = false;
  for (std::size_t i = 0; i < due.lanes.size(); ++i) {
    places_[due.lanes.member_at(i)].in_due = kAbsent;
  }
  due.lanes.clear();
}

void LaneIndex::update_due(const View& view, LaneId id, Duration max_wait) {
  Place& place = places_[id.index()];
  DueLanes& due = due_[place.group.index()];
  if (!due.kept) return;
  if (place.waiting == 0) {
    if (place.in_due != kAbsent) due.lanes.erase(place.in_due, moved_in_due());
    return;
  }
  const Lane& lane = view.lane(id);
  const std::int32_t band = std::clamp(lane.priority, kLowestBand, kHighestBand);
  const TimePoint by =
      std::min(lane.head_start_by, lane.head_arrival + wait_in_band(max_wait, band));
  if (place.in_due == kAbsent) {
    due.lanes.insert(id.value, by, moved_in_due());
  } else {
    due.lanes.update(place.in_due, by, moved_in_due());
  }
}

void LaneIndex::clear() {
  groups_.clear();
  shelves_.clear();
  due_.clear();
  group_numbers_.clear();
  groups_by_state_.clear();
  stateless_groups_.clear();
  new_groups_.clear();
  rows_.clear();
  row_numbers_.clear();
  places_.clear();
  ageing_.clear();
}

}  // namespace steelyard::strategy
