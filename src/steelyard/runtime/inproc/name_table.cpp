#include "steelyard/runtime/inproc/name_table.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"

namespace steelyard::inproc {

NameTable::NameTable(std::uint32_t limit)
    : queues_(limit), states_(limit), users_(limit), tags_(limit) {
  default_queue_ = queues_.intern(kDefaultQueue);
}

Result<JobKey> NameTable::key(const JobOptions& options) {
  JobKey key{default_queue_, StateId::none(), TenantId::none(), options.priority};
  if (options.queue != kDefaultQueue) {
    const auto queue = this->queue(options.queue);
    if (!queue) return tl::unexpected(queue.error());
    key.queue = *queue;
  }
  if (!options.state.empty()) {
    const auto state = number(states_, "state", options.state);
    if (!state) return tl::unexpected(state.error());
    key.state = *state;
  }
  if (!options.user.empty()) {
    const auto user = number(users_, "user", options.user);
    if (!user) return tl::unexpected(user.error());
    key.tenant = *user;
  }
  if (!options.tags.empty()) {
    auto tags = tags_of(options.tags);
    if (!tags) return tl::unexpected(tags.error());
    const auto number = combination(std::move(*tags));
    if (!number) return tl::unexpected(number.error());
    key.tags = *number;
  }
  key.state_bytes = options.state_bytes;
  return key;
}

template <class Names>
Result<std::vector<TagId>> NameTable::tags_of(const Names& names) {
  std::vector<TagId> tags;
  for (const std::string_view name : names) {
    const auto tag = number(tags_, "tag", name);
    if (!tag) return tl::unexpected(tag.error());
    tags.push_back(*tag);
  }
  std::ranges::sort(tags);
  const auto repeated = std::unique(tags.begin(), tags.end());
  tags.erase(repeated, tags.end());
  return tags;
}

Result<std::vector<TagId>> NameTable::tags(std::span<const std::string> names) {
  return tags_of(names);
}

Result<std::uint32_t> NameTable::combination(std::vector<TagId> tags) {
  const std::unique_lock lock(mutex_);
  const auto known = combination_numbers_.find(tags);
  if (known != combination_numbers_.end()) return known->second;
  if (combinations_.size() >= tags_.limit()) {
    return failure(ErrorCode::TooManyNames,
                   fmt::format("{} combinations of tags are known, the limit is max_names",
                               combinations_.size()));
  }
  const auto added = static_cast<std::uint32_t>(combinations_.size() + 1);
  const auto place = combination_numbers_.emplace(std::move(tags), added).first;
  combinations_.push_back(&place->first);
  return added;
}

std::span<const TagId> NameTable::tags(std::uint32_t combination) const {
  if (combination == 0) return {};
  const std::shared_lock lock(mutex_);
  return *combinations_[combination - 1];
}

Result<QueueId> NameTable::queue(std::string_view name) {
  return number(queues_, "queue", name);
}

StateId NameTable::state(std::string_view name) {
  if (name.empty()) return StateId::none();
  return number(states_, "state", name).value_or(StateId::none());
}

std::string NameTable::state_name(StateId id) const {
  const std::shared_lock lock(mutex_);
  return std::string(states_.name(id));
}

template <class IdType>
Result<IdType> NameTable::number(base::Interner<IdType>& names, std::string_view kind,
                                 std::string_view name) {
  {
    const std::shared_lock lock(mutex_);
    if (const IdType known = names.find(name); known.valid()) return known;
  }
  if (!is_valid_name(name)) {
    return failure(ErrorCode::InvalidName, fmt::format("'{}' cannot name a {}", name, kind));
  }
  const std::unique_lock lock(mutex_);
  const IdType id = names.intern(name);
  if (id.valid()) return id;
  return failure(ErrorCode::TooManyNames,
                 fmt::format("{} {} names are known, the limit is max_names = {}", names.size(),
                             kind, names.limit()));
}

}  // namespace steelyard::inproc
