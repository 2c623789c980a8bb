#pragma once

#include <cstdint>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/core/job_table.hpp"

namespace steelyard::core {

/// Which job was handed in under which idempotency key.
///
/// A key is taken as long as anything of its job is kept. Cost: O(1). Thread safety: none.
class KeyTable {
 public:
  struct Entry {
    std::uint32_t slot = kNoJob;
    std::uint64_t fingerprint = 0;
  };

  /// Null: the key is free.
  [[nodiscard]] const Entry* find(KeyId key) const {
    const bool is_taken = key.index() < entries_.size() && entries_[key.index()].slot != kNoJob;
    return is_taken ? &entries_[key.index()] : nullptr;
  }

  void take(KeyId key, const Entry& entry) {
    if (key.index() >= entries_.size()) entries_.resize(key.index() + 1);
    entries_[key.index()] = entry;
  }

  void free(KeyId key) { entries_[key.index()] = {}; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace steelyard::core
