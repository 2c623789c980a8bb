#include "steelyard/runtime/inproc/name_table.hpp"

#include <mutex>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"

namespace steelyard::inproc {

NameTable::NameTable(std::uint32_t limit) : queues_(limit), states_(limit), users_(limit) {
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
  return key;
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
