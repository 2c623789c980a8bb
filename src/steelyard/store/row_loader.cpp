#include "steelyard/store/row_loader.hpp"

#include <utility>

#include <fmt/format.h>

namespace steelyard::store {

Result<void> RowLoader::take(std::uint64_t id, std::string_view bytes) {
  const auto row = decode_row(id, bytes);
  if (!row) return tl::unexpected(row.error());
  RowState state;
  state.bytes = static_cast<std::uint32_t>(bytes.size());
  state.checksum = checksum_of(bytes);
  state.rewritten_at = row->rewritten_at;
  notes_.clear();
  if (auto taken = take_records(id, *row, state); !taken) return taken;
  rows_.add(id, std::move(state));
  for (const auto& [by, count] : notes_) rows_.note(id, by, count);
  for (const Place place : row->ended) {
    if (!noted_by_.emplace(place.bits(), id).second) {
      return failure(ErrorCode::Malformed, fmt::format("row {} ends a record again", id));
    }
  }
  return {};
}

Result<void> RowLoader::take_records(std::uint64_t id, const Row& row, RowState& state) {
  for (const RowRecord& record : row.records) {
    if (const auto noted = noted_by_.find(record.place.bits()); noted != noted_by_.end()) {
      ++notes_[noted->second];
      continue;
    }
    if (!jobs_.restore(record)) {
      return failure(ErrorCode::Malformed, fmt::format("row {} has a job again", id));
    }
    ++state.living_records;
    state.living_bytes += static_cast<std::uint32_t>(kRecordHeadBytes + record.bytes.size());
  }
  return {};
}

}  // namespace steelyard::store
