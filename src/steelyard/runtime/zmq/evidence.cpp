#include "steelyard/runtime/zmq/evidence.hpp"

#include <array>

namespace steelyard::zmq_runtime {
namespace {

constexpr std::array<std::string_view, 4> kDeathNames{"silent", "left", "forgotten", "died"};

}  // namespace

void Evidence::note(SessionId session, std::uint64_t sequence, Entry entry) {
  if (entry.text.size() > kMaxTextBytes) {
    // What was said last says most.
    entry.text.erase(0, entry.text.size() - kMaxTextBytes);
  }
  const auto [place, is_new] = entries_.try_emplace({session, sequence});
  if (is_new) {
    place->second.order = ++last_order_;
    by_order_.emplace(last_order_, place->first);
  }
  std::vector<Entry>& entries = place->second.entries;
  if (entries.size() == kMaxDeaths) entries.erase(entries.begin());
  entries.push_back(std::move(entry));
  if (entries_.size() <= kMaxJobs) return;
  const Job first = by_order_.begin()->second;
  forget(first.first, first.second);
}

void Evidence::forget(SessionId session, std::uint64_t sequence) {
  const auto found = entries_.find({session, sequence});
  if (found == entries_.end()) return;
  by_order_.erase(found->second.order);
  entries_.erase(found);
}

const std::vector<Evidence::Entry>& Evidence::of(SessionId session, std::uint64_t sequence) const {
  static const std::vector<Entry> kNothing;
  const auto found = entries_.find({session, sequence});
  return found == entries_.end() ? kNothing : found->second.entries;
}

std::string_view to_string(core::Death how) {
  return kDeathNames[static_cast<std::size_t>(how)];
}

core::Death death_from(std::string_view name) {
  for (std::size_t i = 0; i < kDeathNames.size(); ++i) {
    if (kDeathNames[i] == name) return static_cast<core::Death>(i);
  }
  return core::Death::Silent;
}

}  // namespace steelyard::zmq_runtime
