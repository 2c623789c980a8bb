#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace steelyard::zmq_runtime {

/// Gives small dense numbers to peers that are known by a random key, and takes them back.
/// Thread safety: none. Cost: one hash of the key.
template <class IdType>
class Numbers {
 public:
  /// The number given to `key`; none() when it has none.
  [[nodiscard]] IdType find(std::uint64_t key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? IdType::none() : found->second;
  }

  /// A number for `key`, which takes over from an older number of the same key.
  IdType give(std::uint64_t key) {
    IdType id{static_cast<std::uint32_t>(keys_.size())};
    if (free_.empty()) {
      keys_.push_back(key);
    } else {
      id = free_.back();
      free_.pop_back();
      keys_[id.index()] = key;
    }
    by_key_[key] = id;
    ++in_use_;
    return id;
  }

  /// Takes `id` back; it may be given again.
  void take_back(IdType id) {
    const auto found = by_key_.find(keys_[id.index()]);
    if (found != by_key_.end() && found->second == id) by_key_.erase(found);
    free_.push_back(id);
    --in_use_;
  }

  [[nodiscard]] std::uint64_t key(IdType id) const { return keys_[id.index()]; }
  [[nodiscard]] const std::vector<std::uint64_t>& keys() const { return keys_; }
  [[nodiscard]] std::uint32_t in_use() const { return in_use_; }

 private:
  std::unordered_map<std::uint64_t, IdType> by_key_;
  std::vector<std::uint64_t> keys_;  // by number
  std::vector<IdType> free_;
  std::uint32_t in_use_ = 0;
};

}  // namespace steelyard::zmq_runtime
