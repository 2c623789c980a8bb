#include "steelyard/core/session_table.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::core {

void SequenceIndex::insert(std::uint64_t sequence, std::uint32_t slot) {
  std::unique_ptr<Page>& page = pages_[sequence / kPageJobs];
  if (!page) {
    page = spare_ ? std::move(spare_) : std::make_unique<Page>();
    page->slots.fill(kNoJob);
    page->live = 0;
  }
  std::uint32_t& place = page->slots[sequence % kPageJobs];
  STEELYARD_ASSERT(place == kNoJob);
  place = slot;
  ++page->live;
}

void SequenceIndex::erase(std::uint64_t sequence) {
  const auto found = pages_.find(sequence / kPageJobs);
  STEELYARD_ASSERT(found != pages_.end());
  Page& page = *found->second;
  std::uint32_t& place = page.slots[sequence % kPageJobs];
  STEELYARD_ASSERT(place != kNoJob);
  place = kNoJob;
  if (--page.live == 0) {
    spare_ = std::move(found->second);
    pages_.erase(found);
  }
}

std::uint32_t SequenceIndex::find(std::uint64_t sequence) const {
  const auto found = pages_.find(sequence / kPageJobs);
  return found == pages_.end() ? kNoJob : found->second->slots[sequence % kPageJobs];
}

std::vector<std::uint32_t> SequenceIndex::slots() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, page] : pages_) numbers.push_back(number);
  std::ranges::sort(numbers);
  std::vector<std::uint32_t> slots;
  for (const std::uint64_t number : numbers) {
    for (const std::uint32_t slot : pages_.at(number)->slots) {
      if (slot != kNoJob) slots.push_back(slot);
    }
  }
  return slots;
}

}  // namespace steelyard::core
