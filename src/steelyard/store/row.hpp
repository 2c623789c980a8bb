#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/store/record.hpp"

/// The bytes of a row of the journal's file. docs/journal.md describes the format.
namespace steelyard::store {

/// Where a record is: the row, and its number in it, which it keeps when the row is rewritten.
/// Places ascend in the order of the log.
class Place {
 public:
  static constexpr unsigned kNumberBits = 20;
  static constexpr std::uint32_t kMaxNumber = (1U << kNumberBits) - 1;

  constexpr Place() = default;  // nowhere
  constexpr Place(std::uint64_t row, std::uint32_t number) : bits_(row << kNumberBits | number) {}
  [[nodiscard]] static constexpr Place from_bits(std::uint64_t bits) {
    return {bits >> kNumberBits, static_cast<std::uint32_t>(bits & kMaxNumber)};
  }

  /// Rows are numbered from 1.
  [[nodiscard]] constexpr bool exists() const { return bits_ != 0; }
  [[nodiscard]] constexpr std::uint64_t row() const { return bits_ >> kNumberBits; }
  [[nodiscard]] constexpr std::uint32_t number() const {
    return static_cast<std::uint32_t>(bits_ & kMaxNumber);
  }
  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr auto operator<=>(Place, Place) = default;

 private:
  std::uint64_t bits_ = 0;
};

/// A record in a row.
struct RowRecord {
  Place place;
  Place origin;  ///< where its job began, which is its place in the order; nowhere for Changed
  JobKey job;
  RecordKind kind = RecordKind::Submitted;
  std::string_view bytes;
};

/// What a row holds. The bytes of its records belong to somebody else.
struct Row {
  std::vector<RowRecord> records;
  std::vector<Place> ended;        ///< records of earlier rows that do not count any more
  std::uint64_t rewritten_at = 0;  ///< the newest row when it was rewritten last
};

inline constexpr std::size_t kRowHeadBytes = 20;
inline constexpr std::size_t kRecordHeadBytes = 33;
inline constexpr std::size_t kEndedBytes = 8;

/// Requires: all records are of row `id`.
[[nodiscard]] std::string encode_row(std::uint64_t id, const Row& row);

/// The checksum of a row's bytes, which are not empty.
[[nodiscard]] std::uint32_t checksum_of(std::string_view bytes);

/// What `bytes` of row `id` say; views into them. Errors: Malformed.
[[nodiscard]] Result<Row> decode_row(std::uint64_t id, std::string_view bytes);

}  // namespace steelyard::store
