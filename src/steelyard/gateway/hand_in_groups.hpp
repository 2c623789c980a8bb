#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::gateway {

/// Jobs of one turn, those that are alike together, so that they leave as one run each.
///
/// Jobs that are alike keep their order; between others there is none.
/// Thread safety: none. Cost: a comparison with each of the latest `kLookBack` kinds per job.
class HandInGroups {
 public:
  struct Group {
    std::string queue;
    RemoteJobOptions options;
    std::vector<std::string> payloads;
    std::vector<std::uint64_t> tags;
  };

  void add(std::string queue, std::string payload, RemoteJobOptions options, std::uint64_t tag);
  [[nodiscard]] bool empty() const { return used_ == 0; }

  /// Calls `hand_in(group)` for each and forgets them; their memory is used again.
  template <class Function>
  void take(Function&& hand_in) {
    for (std::size_t i = 0; i < used_; ++i) {
      hand_in(groups_[i]);
      groups_[i].payloads.clear();
      groups_[i].tags.clear();
    }
    used_ = 0;
    if (groups_.size() > kKept) groups_.resize(kKept);
  }

 private:
  static constexpr std::size_t kLookBack = 8;
  static constexpr std::size_t kKept = 64;

  [[nodiscard]] Group& group_for(std::string&& queue, RemoteJobOptions&& options);

  std::vector<Group> groups_;
  std::size_t used_ = 0;
};

}  // namespace steelyard::gateway
