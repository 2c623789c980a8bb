#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace steelyard::store {

/// Which job a record is about.
struct JobKey {
  std::uint64_t session = 0;
  std::uint64_t sequence = 0;

  friend constexpr auto operator<=>(const JobKey&, const JobKey&) = default;
};

/// What a record does to the job it is about.
enum class RecordKind : std::uint8_t {
  /// The job begins to live, at the end of the order. Of a living job: as Answered.
  Submitted = 1,
  /// What changed since; the latest counts. Of an unknown job: nothing happens.
  Changed = 2,
  /// Takes the place of everything before it of this job, which keeps its place in the order.
  /// Of an unknown job: it begins to live.
  Answered = 3,
  /// The job is over: nothing of it is kept. Of an unknown job: nothing happens.
  Forgotten = 4,
};

/// One step of a job's life. The bytes mean nothing to the store; those of Forgotten are not kept.
struct Record {
  JobKey job;
  RecordKind kind = RecordKind::Submitted;
  std::string bytes;

  friend bool operator==(const Record&, const Record&) = default;
};

/// Longer records are refused.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{512} << 20;

/// Keys of one session ascend, so their bits are mixed (see base::Random for the constants).
struct JobKeyHash {
  using is_avalanching = void;
  std::size_t operator()(const JobKey& key) const noexcept {
    std::uint64_t mixed = key.session ^ (key.sequence * 0x9e37'79b9'7f4a'7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d0'49bb'1331'11eb;
    return mixed ^ (mixed >> 31);
  }
};

}  // namespace steelyard::store
