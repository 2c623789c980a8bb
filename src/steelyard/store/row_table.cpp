#include "steelyard/store/row_table.hpp"

#include "steelyard/base/assert.hpp"

namespace steelyard::store {

void RowTable::add(std::uint64_t id, RowState state) {
  bytes_ += state.bytes;
  living_bytes_ += state.living_bytes;
  checksum_ += state.checksum;
  const auto [place, is_new] = rows_.emplace(id, std::move(state));
  STEELYARD_ASSERT(is_new);
  consider(id, place->second);
}

void RowTable::remove(std::uint64_t id) {
  const auto found = rows_.find(id);
  STEELYARD_ASSERT(found != rows_.end());
  bytes_ -= found->second.bytes;
  living_bytes_ -= found->second.living_bytes;
  checksum_ -= found->second.checksum;
  release(found->second);
  rows_.erase(id);
}

void RowTable::rewritten(std::uint64_t id, std::uint32_t bytes, std::uint32_t checksum,
                         std::uint64_t newest) {
  RowState& state = rows_.at(id);
  bytes_ += bytes;
  bytes_ -= state.bytes;
  checksum_ += checksum;
  checksum_ -= state.checksum;
  state.bytes = bytes;
  state.checksum = checksum;
  state.rewritten_at = newest;
  release(state);
}

void RowTable::end(const Ending& ending) {
  RowState& state = rows_.at(ending.row);
  STEELYARD_ASSERT(state.living_records >= ending.records && state.living_bytes >= ending.bytes);
  state.living_records -= ending.records;
  state.living_bytes -= ending.bytes;
  living_bytes_ -= ending.bytes;
  consider(ending.row, state);
}

void RowTable::note(std::uint64_t row, std::uint64_t by, std::uint32_t count) {
  rows_.at(row).noted_by.emplace_back(by, count);
  rows_.at(by).needed_ends += count;
}

const RowState* RowTable::find(std::uint64_t id) const {
  const auto found = rows_.find(id);
  return found == rows_.end() ? nullptr : &found->second;
}

bool RowTable::ends_with(const Ending& ending) const {
  const RowState& state = rows_.at(ending.row);
  return state.living_records == ending.records && state.needed_ends == 0;
}

bool RowTable::needs(Place ended, std::uint64_t by) const {
  const RowState* state = find(ended.row());
  return state != nullptr && state->rewritten_at < by;
}

void RowTable::relist(std::size_t count) {
  for (; count > 0; --count) {
    const std::uint64_t id = listed_.front();
    listed_.pop_front();
    const auto found = rows_.find(id);
    if (found == rows_.end()) continue;
    found->second.is_listed = false;
    consider(id, found->second);
  }
}

void RowTable::release(RowState& state) {
  // The list may be this row's only copy: what is considered below never adds to it.
  for (const auto& [id, count] : state.noted_by) {
    const auto found = rows_.find(id);
    STEELYARD_ASSERT(found != rows_.end() && found->second.needed_ends >= count);
    found->second.needed_ends -= count;
    consider(id, found->second);
  }
  state.noted_by.clear();
}

void RowTable::consider(std::uint64_t id, RowState& state) {
  if (state.is_listed) return;
  if (state.is_needed() && state.needed_bytes() * 2 >= state.bytes) return;
  state.is_listed = true;
  listed_.push_back(id);
}

}  // namespace steelyard::store
