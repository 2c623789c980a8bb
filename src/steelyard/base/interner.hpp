#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steelyard/base/ids.hpp"

namespace steelyard::base {

/// Turns names into small dense numbers, once, at the edge.
///
/// A name keeps its number for ever, so the table is bounded: past `limit` names `intern` answers
/// none(). Thread safety: none. Cost: one hash of the name.
template <class IdType>
class Interner {
 public:
  explicit Interner(std::uint32_t limit) : limit_(limit) {}

  /// The number of `name`, given now if it is new; none() when the table is full.
  IdType intern(std::string_view name) {
    if (const auto found = numbers_.find(name); found != numbers_.end()) return found->second;
    if (names_.size() >= limit_) return IdType::none();
    names_.push_back(std::make_unique<std::string>(name));
    const IdType id{static_cast<std::uint32_t>(names_.size() - 1)};
    numbers_.emplace(*names_.back(), id);
    return id;
  }

  /// The number of `name` if it has one.
  [[nodiscard]] IdType find(std::string_view name) const {
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? IdType::none() : found->second;
  }

  /// The name of `id`; empty for none().
  [[nodiscard]] std::string_view name(IdType id) const {
    return id.valid() ? std::string_view(*names_.at(id.value)) : std::string_view();
  }

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }
  [[nodiscard]] std::uint32_t limit() const { return limit_; }

 private:
  std::uint32_t limit_;
  // Names are held by pointer, so that the map's views stay valid while the vector grows.
  std::vector<std::unique_ptr<std::string>> names_;
  std::unordered_map<std::string_view, IdType> numbers_;
};

}  // namespace steelyard::base
