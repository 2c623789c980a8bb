#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace steelyard {

/// A set of job numbers, kept as the runs without a gap that they form; for audits by number.
///
/// Thread safety: none, like any container. Cost: O(log runs); memory for each run, which for
/// numbers that come nearly in order means for each that is still missing.
class NumberSet {
 public:
  /// Returns whether it is new.
  bool insert(std::uint64_t number);
  [[nodiscard]] bool contains(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// The first `limit` numbers that are in this set and not in `other`.
  [[nodiscard]] std::vector<std::uint64_t> minus(const NumberSet& other,
                                                 std::size_t limit = 100) const;

  friend bool operator==(const NumberSet&, const NumberSet&) = default;

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;  // first -> one past the last
  std::uint64_t size_ = 0;
};

}  // namespace steelyard
