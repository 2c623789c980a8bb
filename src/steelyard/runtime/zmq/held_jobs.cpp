#include "steelyard/runtime/zmq/held_jobs.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"

namespace steelyard::zmq_runtime {

HeldJobs::Key HeldJobs::key_of(ErrorCode reason, const JobKind& kind) {
  switch (reason) {
    case ErrorCode::UserOverLimit:
      return {Full::User, kind.user};
    case ErrorCode::QueueOverLimit:
      return {Full::Queue, kind.queue};
    default:
      return {to_string(reason).starts_with("journal") ? Full::Journal : Full::Everything, {}};
  }
}

HeldJobs::Rooms::const_iterator HeldJobs::find(const JobKind& kind) const {
  if (rooms_.empty()) return rooms_.end();
  for (const Key& key : {Key{Full::Everything, {}}, Key{Full::Queue, kind.queue},
                         Key{Full::User, kind.user}, Key{Full::Journal, {}}}) {
    const auto found = rooms_.find(key);
    if (found == rooms_.end()) continue;
    if (key.what != Full::Journal || kind.journal) return found;
  }
  return rooms_.end();
}

bool HeldJobs::is_in_the_way_of(const JobKind& kind) const {
  return find(kind) != rooms_.end();
}

void HeldJobs::add_behind(Job job) {
  const auto found = find(*job.kind);
  STEELYARD_ASSERT(found != rooms_.end());
  const std::uint64_t given = job.given;
  rooms_.at(found->first).jobs.emplace(given, std::move(job));
}

void HeldJobs::add_refused(Job job, const Refusal& refusal, TimePoint now) {
  Room& room = rooms_[key_of(refusal.error.code, *job.kind)];
  room.due = now + refusal.retry_after;
  room.refusal = refusal.error;
  room.batch = std::max(kFirstBatch, room.batch / 2);
  if (room.under_way == refusal.number) room.under_way = 0;
  const std::uint64_t given = job.given;
  room.jobs.emplace(given, std::move(job));
}

std::vector<HeldJobs::Job> HeldJobs::take_due(TimePoint now) {
  std::vector<Job> due;
  for (auto& [key, room] : rooms_) {
    if (room.under_way != 0 || room.jobs.empty() || room.due > now) continue;
    while (!room.jobs.empty() && due.size() < room.batch) {
      due.push_back(std::move(room.jobs.extract(room.jobs.begin()).mapped()));
    }
    last_taken_ = key;
    break;
  }
  return due;
}

void HeldJobs::handed_in(std::uint64_t number) {
  STEELYARD_ASSERT(last_taken_.has_value());
  rooms_.at(*last_taken_).under_way = number;
}

void HeldJobs::decided(std::uint64_t through, TimePoint now) {
  for (auto room = rooms_.begin(); room != rooms_.end();) {
    const auto here = room++;
    if (here->second.under_way == 0 || here->second.under_way > through) continue;
    here->second.under_way = 0;
    // A refusal among them has put the time off already.
    if (here->second.due <= now) {
      here->second.batch = std::min(2 * here->second.batch, kLargestBatch);
    }
    tidy(here);
  }
}

void HeldJobs::connection_began() {
  for (auto room = rooms_.begin(); room != rooms_.end();) {
    const auto here = room++;
    here->second.under_way = 0;
    tidy(here);
  }
}

std::optional<HeldJobs::Overdue> HeldJobs::take_overdue(TimePoint now) {
  for (auto room = rooms_.begin(); room != rooms_.end(); ++room) {
    auto& jobs = room->second.jobs;
    if (jobs.empty() || jobs.begin()->second.tries.give_up_at > now) continue;
    Overdue overdue{std::move(jobs.begin()->second), room->second.refusal};
    jobs.erase(jobs.begin());
    tidy(room);
    return overdue;
  }
  return std::nullopt;
}

std::optional<HeldJobs::Job> HeldJobs::take(std::uint64_t given) {
  for (auto room = rooms_.begin(); room != rooms_.end(); ++room) {
    auto found = room->second.jobs.extract(given);
    if (!found) continue;
    tidy(room);
    return std::move(found.mapped());
  }
  return std::nullopt;
}

bool HeldJobs::contains(std::uint64_t given) const {
  return std::ranges::any_of(
      rooms_, [given](const auto& room) { return room.second.jobs.contains(given); });
}

std::optional<HeldJobs::Job> HeldJobs::take_any() {
  for (const auto& [key, room] : rooms_) {
    if (!room.jobs.empty()) return take(room.jobs.begin()->first);
  }
  return std::nullopt;
}

std::optional<TimePoint> HeldJobs::next_deadline() const {
  std::optional<TimePoint> deadline;
  for (const auto& [key, room] : rooms_) {
    if (room.jobs.empty()) continue;
    TimePoint next = room.jobs.begin()->second.tries.give_up_at;
    if (room.under_way == 0) next = std::min(next, room.due);
    deadline = deadline ? std::min(*deadline, next) : next;
  }
  return deadline;
}

/// Nothing waits for room any more.
void HeldJobs::tidy(Rooms::iterator room) {
  if (room->second.jobs.empty() && room->second.under_way == 0) rooms_.erase(room);
}

}  // namespace steelyard::zmq_runtime
