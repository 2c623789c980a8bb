#include "steelyard/runtime/zmq/payload_store.hpp"

#include <algorithm>
#include <functional>

#include "steelyard/base/assert.hpp"

namespace steelyard::zmq_runtime {
namespace {

// A reference is (chunk + 1) in the high half and the payload's place in the low half, so that 0
// means none and the payloads of a chunk follow one another.
std::size_t chunk_of(PayloadRef ref) {
  return (ref.value >> 32) - 1;
}
std::uint32_t place_of(PayloadRef ref) {
  return static_cast<std::uint32_t>(ref.value);
}

}  // namespace

PayloadRef PayloadStore::put(const wire::Column& column, const JobNote& note) {
  STEELYARD_ASSERT(column.count() > 0);
  std::size_t place = chunks_.size();
  if (!free_.empty()) {
    place = free_.back();
    free_.pop_back();
  } else {
    chunks_.emplace_back();
  }
  Chunk& chunk = chunks_[place];
  chunk.total_bytes = column.bytes().size();
  chunk.bytes = std::make_unique_for_overwrite<char[]>(chunk.total_bytes);
  column.bytes().copy(chunk.bytes.get(), chunk.total_bytes);
  chunk.equal_bytes = static_cast<std::uint32_t>(column.offset(1));
  if (!column.lengths_equal()) {
    chunk.offsets =
        std::make_unique_for_overwrite<std::uint64_t[]>(column.count() + std::size_t{1});
    for (std::uint32_t i = 0; i <= column.count(); ++i) chunk.offsets[i] = column.offset(i);
  }
  chunk.live = column.count();
  chunk.note = note;
  kept_bytes_ += chunk.total_bytes;
  return PayloadRef{static_cast<std::uint64_t>(place + 1) << 32};
}

const PayloadStore::Chunk& PayloadStore::chunk(PayloadRef ref) const {
  STEELYARD_ASSERT(ref.valid() && chunk_of(ref) < chunks_.size());
  const Chunk& chunk = chunks_[chunk_of(ref)];
  STEELYARD_ASSERT(chunk.live > 0);
  return chunk;
}

PayloadRef PayloadStore::put(std::string_view text, const JobNote& note) {
  wire::Lengths lengths;
  wire::LengthsWriter(lengths).add(text.size());
  return put(*wire::Column::take(lengths, text), note);
}

std::string_view PayloadStore::get(PayloadRef ref) const {
  const Chunk& from = chunk(ref);
  const std::uint64_t i = place_of(ref);
  const std::uint64_t begin = from.offsets ? from.offsets[i] : i * from.equal_bytes;
  const std::uint64_t end = from.offsets ? from.offsets[i + 1] : begin + from.equal_bytes;
  return {from.bytes.get() + begin, end - begin};
}

const JobNote& PayloadStore::note(PayloadRef ref) const {
  return chunk(ref).note;
}

void PayloadStore::forget(PayloadRef first, std::uint32_t count) {
  Chunk& from = const_cast<Chunk&>(chunk(first));
  STEELYARD_ASSERT(from.live >= count);
  from.live -= count;
  if (from.live > 0) return;
  kept_bytes_ -= from.total_bytes;
  from = {};
  free_.push_back(static_cast<std::uint32_t>(chunk_of(first)));
}

void PayloadStore::shrink() {
  while (!chunks_.empty() && chunks_.back().live == 0) chunks_.pop_back();
  std::erase_if(free_, [this](std::uint32_t place) { return place >= chunks_.size(); });
  // The lowest are used first, so that the end becomes free again.
  std::ranges::sort(free_, std::greater());
  chunks_.shrink_to_fit();
  free_.shrink_to_fit();
}

}  // namespace steelyard::zmq_runtime
