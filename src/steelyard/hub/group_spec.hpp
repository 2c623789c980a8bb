#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "steelyard/base/time.hpp"
#include "steelyard/runtime/task/exec_plan.hpp"

namespace steelyard::hub {

/// How a worker of a group is executed. Workers of another one are replaced when it changes.
struct ProcessSpec {
  std::vector<std::string> words;  ///< without the broker and the name
  bool is_program = false;         ///< of the user's own, rather than `steelyard worker`
  Environment environment{};
  std::int32_t nice = 0;  ///< added to the hub's own; -20 to 19
  /// Resident memory of a worker with all processes below it; 0: no limit.
  std::uint64_t memory_limit_bytes = 0;

  friend bool operator==(const ProcessSpec&, const ProcessSpec&) = default;
};

/// How many workers there are to be.
struct SizeSpec {
  std::uint32_t min = 1;                           ///< 0: they are started on demand
  std::uint32_t max = 1;                           ///< at least `min`, at least 1
  std::uint32_t slots = 1;                         ///< of each
  Duration target_wait = std::chrono::seconds(5);  ///< in which what waits is to be begun
  Duration idle = std::chrono::seconds(60);        ///< so long a worker is not needed until it goes

  friend bool operator==(const SizeSpec&, const SizeSpec&) = default;
};

/// What happens to workers that end by themselves.
struct RestartSpec {
  Duration first = std::chrono::milliseconds(500);  ///< pause, doubled with each further crash
  Duration longest = std::chrono::seconds(30);      ///< such pause
  Duration healthy_after = std::chrono::seconds(10);
  std::uint32_t give_up_after_crashes = 8;  ///< in a row, none of the group being healthy, …
  Duration give_up_within = std::chrono::minutes(5);  ///< … within this time

  friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

/// Workers that are alike.
struct GroupSpec {
  std::string name{};
  bool is_numbered = false;   ///< a worker's name has a number even if there is one at most
  std::string name_ending{};  ///< of its workers: "@room-1"
  std::vector<std::string> queues{};
  ProcessSpec process{};
  SizeSpec size{};
  RestartSpec restarts{};
  /// How long a worker that was told to stop may go on with what it has, until it is killed.
  Duration stop_grace = std::chrono::minutes(10);
  /// What the configuration says, as JSON texts, to show what has changed.
  std::map<std::string, std::string> settings{};

  friend bool operator==(const GroupSpec&, const GroupSpec&) = default;
};

/// A name for a worker of the group, the `number`th (from 1): "ocr-2@room-1", and "ocr@room-1" for
/// the first of a group of one.
[[nodiscard]] std::string worker_name(const GroupSpec& group, std::uint32_t number);

/// What of two lists of groups differs, by name; a line for each: "+ group ocr",
/// "- group ocr", "~ group ocr: max 3 → 5".
[[nodiscard]] std::vector<std::string> differences(const std::vector<GroupSpec>& before,
                                                   const std::vector<GroupSpec>& after);

}  // namespace steelyard::hub
