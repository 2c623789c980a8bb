#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace steelyard::zmq_runtime {

/// A hash map or set that uses its nodes again, so that members that come and go cost no
/// allocation. At most kMaxSpare nodes wait to be used again.
template <class Container>
class Recycled {
 public:
  using iterator = typename Container::iterator;

  /// For maps: the value of `key`, made by default if it was not there.
  auto& operator[](const typename Container::key_type& key) {
    if (spare_.empty() || content_.contains(key)) return content_[key];
    auto node = take_spare();
    node.key() = key;
    node.mapped() = {};
    return content_.insert(std::move(node)).position->second;
  }
  /// For sets: returns whether `key` was not there.
  bool insert(const typename Container::key_type& key) {
    if (spare_.empty()) return content_.insert(key).second;
    if (content_.contains(key)) return false;
    auto node = take_spare();
    node.value() = key;
    return content_.insert(std::move(node)).inserted;
  }
  void erase(iterator place) {
    auto node = content_.extract(place);
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(node));
  }
  void erase(const typename Container::key_type& key) {
    if (const auto place = content_.find(key); place != content_.end()) erase(place);
  }

  [[nodiscard]] iterator find(const typename Container::key_type& key) {
    return content_.find(key);
  }
  [[nodiscard]] auto find(const typename Container::key_type& key) const {
    return content_.find(key);
  }
  [[nodiscard]] bool contains(const typename Container::key_type& key) const {
    return content_.contains(key);
  }
  [[nodiscard]] iterator begin() { return content_.begin(); }
  [[nodiscard]] iterator end() { return content_.end(); }
  [[nodiscard]] auto begin() const { return content_.begin(); }
  [[nodiscard]] auto end() const { return content_.end(); }
  [[nodiscard]] std::size_t size() const { return content_.size(); }
  [[nodiscard]] bool empty() const { return content_.empty(); }
  void clear() { content_.clear(); }

 private:
  static constexpr std::size_t kMaxSpare = 4096;

  auto take_spare() {
    auto node = std::move(spare_.back());
    spare_.pop_back();
    return node;
  }

  Container content_;
  std::vector<typename Container::node_type> spare_;
};

}  // namespace steelyard::zmq_runtime
