#include "steelyard/gateway/hand_in_groups.hpp"

#include <algorithm>
#include <utility>

namespace steelyard::gateway {
namespace {

/// A key is for one job.
bool may_go_with(const RemoteJobOptions& a, const RemoteJobOptions& b) {
  return a.priority == b.priority && a.state == b.state && a.user == b.user && a.key.empty() &&
         b.key.empty() && a.keep == b.keep && a.result_via_broker == b.result_via_broker &&
         a.stream_window_bytes == b.stream_window_bytes && a.durability == b.durability &&
         a.tell_acknowledged == b.tell_acknowledged && a.delay == b.delay &&
         a.start_within == b.start_within && a.time_limit == b.time_limit &&
         a.state_bytes == b.state_bytes && a.tags == b.tags;
}

}  // namespace

void HandInGroups::add(std::string queue, std::string payload, RemoteJobOptions options,
                       std::uint64_t tag) {
  Group& group = group_for(std::move(queue), std::move(options));
  group.payloads.push_back(std::move(payload));
  group.tags.push_back(tag);
}

HandInGroups::Group& HandInGroups::group_for(std::string&& queue, RemoteJobOptions&& options) {
  const std::size_t looked_at = std::min(used_, kLookBack);
  for (std::size_t back = 1; back <= looked_at; ++back) {
    Group& group = groups_[used_ - back];
    if (group.queue == queue && may_go_with(group.options, options)) return group;
  }
  if (used_ == groups_.size()) groups_.emplace_back();
  Group& group = groups_[used_++];
  group.queue = std::move(queue);
  group.options = std::move(options);
  return group;
}

}  // namespace steelyard::gateway
