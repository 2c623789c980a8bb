#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "steelyard/store/row.hpp"

namespace steelyard::store {

/// What is known of a row of the file.
struct RowState {
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;
  std::uint32_t living_records = 0;
  std::uint32_t living_bytes = 0;  ///< of living records, with their heads
  std::uint32_t needed_ends = 0;   ///< its notes that records of rows still in the file have ended
  bool is_listed = false;          ///< among those that are to be removed or rewritten
  std::uint64_t rewritten_at = 0;
  /// Which rows have noted how many ends of records that this one still holds.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> noted_by{};

  [[nodiscard]] bool is_needed() const { return living_records > 0 || needed_ends > 0; }
  [[nodiscard]] std::uint64_t needed_bytes() const {
    return kRowHeadBytes + living_bytes + std::uint64_t{needed_ends} * kEndedBytes;
  }
};

/// The rows of a journal's file: how much in each is needed, which may go, which should be smaller.
///
/// A record that ends is not touched: a later row notes its place. That row is needed as long as
/// the record is still in the file. Invariants: a row goes only when it holds nothing that lives
/// and notes no end that is needed; of a row that is not listed, at least half is needed.
/// Thread safety: none. Cost: about 70 to 140 bytes per row, and 16 for each row that noted ends
/// in it.
class RowTable {
 public:
  using Rows = boost::unordered_flat_map<std::uint64_t, RowState>;

  /// How many records of a row end, and their bytes with heads.
  struct Ending {
    std::uint64_t row = 0;
    std::uint32_t records = 0;
    std::uint32_t bytes = 0;
  };

  void add(std::uint64_t id, RowState state);
  void remove(std::uint64_t id);
  /// It was written anew without what had ended up to row `newest`.
  void rewritten(std::uint64_t id, std::uint32_t bytes, std::uint32_t checksum,
                 std::uint64_t newest);
  /// Records of a row have ended. Requires: they lived.
  void end(const Ending& ending);
  /// Row `by` has noted ends of records of `row`, which it must keep.
  void note(std::uint64_t row, std::uint64_t by, std::uint32_t count);

  [[nodiscard]] const RowState* find(std::uint64_t id) const;
  /// Whether nothing of the row is needed after `ending`.
  [[nodiscard]] bool ends_with(const Ending& ending) const;
  /// Whether the end that row `by` has noted is of a record that is still in the file.
  [[nodiscard]] bool needs(Place ended, std::uint64_t by) const;

  /// Rows that may go or should be smaller, those first that have been listed longest. Some may
  /// have gone since.
  [[nodiscard]] const std::deque<std::uint64_t>& listed() const { return listed_; }
  /// Takes the first `count` off the list; each comes back if it still has something to give.
  void relist(std::size_t count);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t living_bytes() const { return living_bytes_; }
  /// Of all rows, to tell that none is missing or stale.
  [[nodiscard]] std::uint64_t checksum() const { return checksum_; }
  [[nodiscard]] const Rows& rows() const { return rows_; }

 private:
  void release(RowState& state);
  void consider(std::uint64_t id, RowState& state);

  Rows rows_;
  std::deque<std::uint64_t> listed_;
  std::uint64_t bytes_ = 0;
  std::uint64_t living_bytes_ = 0;
  std::uint64_t checksum_ = 0;
};

/// `places` sorted, summed up per row. The bytes of a record come without its head.
template <class Ended>
std::vector<RowTable::Ending> endings_of(std::span<const Ended> sorted) {
  std::vector<RowTable::Ending> endings;
  for (const Ended& ended : sorted) {
    if (endings.empty() || endings.back().row != ended.place.row()) {
      endings.push_back({ended.place.row()});
    }
    ++endings.back().records;
    endings.back().bytes += static_cast<std::uint32_t>(kRecordHeadBytes) + ended.bytes;
  }
  return endings;
}

}  // namespace steelyard::store
