#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steelyard/base/ids.hpp"

namespace steelyard::zmq_runtime {

/// The idempotency keys in use, as small numbers; each principal has keys of its own.
///
/// A number is used again once its key is forgotten, so the table is as large as what is in use was
/// at its peak, and bounded by its limit. Thread safety: none. Cost: one hash of the key.
class KeyTable {
 public:
  explicit KeyTable(std::uint32_t max_keys) : max_keys_(max_keys) {}

  struct Taken {
    KeyId id;             ///< none(): the table is full
    bool is_new = false;  ///< it was not in use before
  };
  /// The number of `key`, given now if it is not in use.
  Taken take(PrincipalId principal, std::string_view key);

  /// The key is not in use any more; nothing happens when it was not.
  void forget(KeyId id);

  /// The key with this number; empty for none() and for one that is not in use.
  [[nodiscard]] std::string_view name(KeyId id) const;
  [[nodiscard]] std::uint32_t in_use() const { return static_cast<std::uint32_t>(ids_.size()); }

 private:
  [[nodiscard]] static std::string scoped(PrincipalId principal, std::string_view key);

  const std::uint32_t max_keys_;
  std::unordered_map<std::string, KeyId> ids_;  // by principal and key
  std::vector<const std::string*> names_;       // by number, in ids_; null: it is free
  std::vector<KeyId> free_;
};

}  // namespace steelyard::zmq_runtime
