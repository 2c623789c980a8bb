#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "steelyard/trace/fields.hpp"
#include "steelyard/trace/names.hpp"

namespace steelyard::trace {

/// Turns the numbers in records into ids, and remembers whether one was out of its range.
/// What it returns then is none().
class NumberReader {
 public:
  explicit NumberReader(const Names& names) : names_(names) {}

  [[nodiscard]] bool sound() const { return sound_; }

  QueueId queue(std::uint32_t number) { return id<QueueId>(number, names_.queues.size()); }
  StateId state(std::uint32_t number) { return id<StateId>(number, names_.states.size()); }
  TenantId user(std::uint32_t number) { return id<TenantId>(number, names_.users.size()); }
  SessionId session(std::uint32_t number) { return id<SessionId>(number, kMaxPlaces); }
  WorkerId worker(std::uint32_t number) { return id<WorkerId>(number, kMaxPlaces); }

  /// Not negative, and so short that sums of a few cannot overflow.
  Duration duration(std::int64_t nanoseconds) {
    sound_ = sound_ && nanoseconds >= 0 && nanoseconds <= kLongestNs;
    return Duration(nanoseconds);
  }
  /// Of one of so many kinds.
  std::uint32_t below(std::uint32_t number, std::uint32_t kinds) {
    sound_ = sound_ && number < kinds;
    return number;
  }
  /// Of jobs alike: a message has no more of them.
  std::uint32_t run_of_jobs(std::uint32_t count) {
    sound_ = sound_ && count <= kMaxRunJobs;
    return count;
  }

  void take_queues(const Numbers& numbers, std::vector<QueueId>& into) {
    take(numbers, names_.queues.size(), into);
  }
  void take_states(const Numbers& numbers, std::vector<StateId>& into) {
    take(numbers, names_.states.size(), into);
  }
  void take_tags(const Numbers& numbers, std::vector<TagId>& into) {
    take(numbers, names_.tags.size(), into);
  }

 private:
  /// Sessions and workers at once; a broker gives them the smallest numbers that are free.
  static constexpr std::size_t kMaxPlaces = std::size_t{1} << 20;
  static constexpr std::int64_t kLongestNs = std::int64_t{1} << 60;
  static constexpr std::uint32_t kMaxRunJobs = 1 << 20;

  template <class IdType>
  IdType id(std::uint32_t number, std::size_t known) {
    if (number <= known) return id_of<IdType>(number);
    sound_ = false;
    return IdType::none();
  }
  template <class IdType>
  void take(const Numbers& numbers, std::size_t known, std::vector<IdType>& into) {
    into.clear();
    for (const std::uint32_t number : numbers) {
      into.push_back(id<IdType>(number, known));
      sound_ = sound_ && number != 0;
    }
  }

  const Names& names_;
  bool sound_ = true;
};

}  // namespace steelyard::trace
