#include "steelyard/runtime/zmq/key_table.hpp"

#include <cstring>

namespace steelyard::zmq_runtime {
namespace {

constexpr std::size_t kScopeBytes = sizeof(PrincipalId::value);

}  // namespace

std::string KeyTable::scoped(PrincipalId principal, std::string_view key) {
  std::string whole(kScopeBytes, '\0');
  std::memcpy(whole.data(), &principal.value, kScopeBytes);
  return whole.append(key);
}

KeyTable::Taken KeyTable::take(PrincipalId principal, std::string_view key) {
  std::string whole = scoped(principal, key);
  if (const auto found = ids_.find(whole); found != ids_.end()) return {found->second, false};
  if (ids_.size() >= max_keys_) return {};
  KeyId id{static_cast<std::uint32_t>(names_.size())};
  if (free_.empty()) {
    names_.push_back(nullptr);
  } else {
    id = free_.back();
    free_.pop_back();
  }
  names_[id.index()] = &ids_.emplace(std::move(whole), id).first->first;
  return {id, true};
}

void KeyTable::forget(KeyId id) {
  if (id.index() >= names_.size() || names_[id.index()] == nullptr) return;
  ids_.erase(ids_.find(*names_[id.index()]));
  names_[id.index()] = nullptr;
  free_.push_back(id);
}

std::string_view KeyTable::name(KeyId id) const {
  if (id.index() >= names_.size() || names_[id.index()] == nullptr) return {};
  return std::string_view(*names_[id.index()]).substr(kScopeBytes);
}

}  // namespace steelyard::zmq_runtime
