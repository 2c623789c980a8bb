#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/wire/messages.pb.h"

namespace steelyard::wire {

/// Payloads in one run at most; empty payloads take no bytes, so that the bytes alone bound
/// nothing.
inline constexpr std::uint32_t kMaxRunJobs = 1 << 20;

/// Collects the lengths of payloads as they are appended to a block. A length that is equal for all
/// is said once.
class LengthsWriter {
 public:
  explicit LengthsWriter(Lengths& into) : into_(into) {}
  void add(std::size_t bytes);

 private:
  Lengths& into_;
};

/// A run of payloads in a block, checked: the lengths fill it exactly.
class Column {
 public:
  /// Takes the run's bytes off the front of `block`.
  /// Errors: Malformed when the block is too short or the column contradicts itself.
  [[nodiscard]] static Result<Column> take(const Lengths& lengths, std::string_view& block);

  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// Where payload `i` begins; `offset(count())` is the end. Cost: O(1).
  [[nodiscard]] std::uint64_t offset(std::uint32_t i) const {
    return offsets_.empty() ? std::uint64_t{equal_} * i : offsets_[i];
  }
  [[nodiscard]] std::string_view operator[](std::uint32_t i) const {
    return bytes_.substr(offset(i), offset(i + 1) - offset(i));
  }
  [[nodiscard]] std::uint64_t longest() const;
  [[nodiscard]] bool lengths_equal() const { return offsets_.empty(); }

 private:
  std::uint32_t count_ = 0;
  std::uint32_t equal_ = 0;
  std::vector<std::uint64_t> offsets_;  // empty: all payloads have `equal_` bytes
  std::string_view bytes_;
};

}  // namespace steelyard::wire
