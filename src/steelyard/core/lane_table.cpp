#include "steelyard/core/lane_table.hpp"

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

using strategy::LaneChange;

std::size_t LaneTable::KeyHash::operator()(const LaneKey& key) const noexcept {
  const std::uint64_t a = (std::uint64_t{key.queue.value} << 32) | key.state.value;
  const std::uint64_t b =
      (std::uint64_t{key.tenant.value} << 32) | static_cast<std::uint32_t>(key.priority);
  std::uint64_t h = ((a + key.tags.value) ^ (b * 0x9e37'79b9'7f4a'7c15)) * 0xbf58'476d'1ce4'e5b9;
  return h ^ (h >> 29);
}

LaneId LaneTable::claim(bool beyond_limit) {
  if (infos_.size() < max_lanes_) return add();
  while (!reusable_.empty()) {
    const LaneId id = reusable_.back();
    reusable_.pop_back();
    listed_as_reusable_[id.index()] = false;
    if (unsettled_[id.index()] != 0) continue;
    by_key_.erase(key(id));
    return id;
  }
  return beyond_limit ? add() : LaneId::none();
}

LaneId LaneTable::add() {
  infos_.emplace_back();
  lists_.emplace_back();
  tag_sets_of_.emplace_back();
  unsettled_.push_back(0);
  waiting_places_.push_back(kNoJob);
  listed_as_reusable_.push_back(false);
  return LaneId{size() - 1};
}

void LaneTable::start(LaneId id, const LaneKey& key, std::uint64_t pools) {
  strategy::Lane& lane = infos_[id.index()];
  lane = {};
  lane.queue = key.queue;
  lane.state = key.state;
  lane.tenant = key.tenant;
  lane.priority = key.priority;
  lane.pools = pools;
  tag_sets_of_[id.index()] = key.tags;
  by_key_.emplace(key, id);
}

LaneKey LaneTable::key(LaneId id) const {
  const strategy::Lane& lane = info(id);
  return {lane.queue, lane.state, lane.tenant, lane.priority, tags(id)};
}

TagSetId LaneTable::intern(std::span<const TagId> tags) {
  if (tags.empty()) return TagSetId::none();
  const auto [entry, is_new] = tag_set_numbers_.try_emplace({tags.begin(), tags.end()});
  if (!is_new) return entry->second;
  if (tag_sets_.size() >= kMaxTagSets) {
    tag_set_numbers_.erase(entry);
    return TagSetId::none();
  }
  entry->second = TagSetId{static_cast<std::uint32_t>(tag_sets_.size())};
  tag_sets_.push_back(&entry->first);
  return entry->second;
}

std::span<const TagId> LaneTable::tags(TagSetId id) const {
  return id.valid() ? std::span<const TagId>(*tag_sets_[id.index()]) : std::span<const TagId>();
}

LaneChange LaneTable::append(LaneId id, std::uint32_t slot) {
  lists_[id.index()].push_back(jobs_, slot);
  count(id, slot, true);
  if (infos_[id.index()].waiting++ > 0) return LaneChange::Grew;
  list_as_waiting(id);
  head_changed(id);
  return LaneChange::HeadChanged;
}

LaneChange LaneTable::restore(LaneId id, std::uint32_t slot) {
  JobList& list = lists_[id.index()];
  std::uint32_t place = kNoJob;
  // Only jobs that were themselves restored can be earlier than one that had been assigned.
  for (std::uint32_t next = list.first; next != kNoJob && jobs_[next].order < jobs_[slot].order;
       next = jobs_[next].next) {
    place = next;
  }
  list.insert_after(jobs_, place, slot);
  count(id, slot, true);
  if (infos_[id.index()].waiting++ == 0) list_as_waiting(id);
  if (place != kNoJob) return LaneChange::Grew;
  head_changed(id);
  return LaneChange::HeadChanged;
}

LaneChange LaneTable::remove(LaneId id, std::uint32_t slot) {
  JobList& list = lists_[id.index()];
  const bool was_head = list.first == slot;
  list.remove(jobs_, slot);
  count(id, slot, false);
  if (--infos_[id.index()].waiting == 0) {
    unlist(id);
    return LaneChange::Emptied;
  }
  if (!was_head) return LaneChange::Grew;
  head_changed(id);
  return LaneChange::HeadChanged;
}

void LaneTable::settle(LaneId id) {
  STEELYARD_ASSERT(unsettled_[id.index()] > 0);
  if (--unsettled_[id.index()] > 0 || listed_as_reusable_[id.index()]) return;
  listed_as_reusable_[id.index()] = true;
  reusable_.push_back(id);
}

void LaneTable::count(LaneId id, std::uint32_t slot, bool comes) {
  const auto arrival = static_cast<std::uint64_t>(jobs_[slot].arrival.time_since_epoch().count());
  infos_[id.index()].arrivals_ns += comes ? arrival : 0 - arrival;
}

void LaneTable::head_changed(LaneId id) {
  const Job& head = jobs_[lists_[id.index()].first];
  strategy::Lane& lane = infos_[id.index()];
  lane.head_arrival = head.arrival;
  lane.head_order = head.order;
  lane.head_start_by = head.start_by;
}

void LaneTable::list_as_waiting(LaneId id) {
  waiting_places_[id.index()] = static_cast<std::uint32_t>(waiting_.size());
  waiting_.push_back(id);
}

void LaneTable::unlist(LaneId id) {
  const std::uint32_t place = waiting_places_[id.index()];
  waiting_[place] = waiting_.back();
  waiting_places_[waiting_[place].index()] = place;
  waiting_.pop_back();
  waiting_places_[id.index()] = kNoJob;
}

}  // namespace steelyard::core
