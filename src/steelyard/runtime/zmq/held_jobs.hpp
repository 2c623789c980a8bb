#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/runtime/zmq/job_kind.hpp"
#include "steelyard/runtime/zmq/job_names.hpp"

namespace steelyard::zmq_runtime {

/// Jobs that the broker has no room for at present, until they are handed in again or their time is
/// over.
///
/// A job waits for what is full: a user's share, a queue, the journal, or the broker as a whole.
/// Others that need the same room wait behind it, so that they keep their order. When it is time to
/// try again, a few are handed in, and twice as many each time that all of them were taken.
///
/// Bounded by the client: held jobs count as unfinished. Thread safety: none.
class HeldJobs {
 public:
  struct Job {
    std::uint64_t given = 0;  ///< the number that was given out for it
    std::shared_ptr<const JobKind> kind;
    std::string payload;
    TimePoint handed_in;
    JobNames::Tries tries;
  };

  /// Why it was refused, and when it is worth trying again.
  struct Refusal {
    Error error;
    Duration retry_after{};
    std::uint64_t number = 0;  ///< what the job was called at the broker
  };

  /// Whether a new job would overtake one that waits for the same room.
  [[nodiscard]] bool is_in_the_way_of(const JobKind& kind) const;
  /// Lets it wait behind those. Requires: is_in_the_way_of its kind.
  void add_behind(Job job);
  /// Lets one wait that was refused.
  void add_refused(Job job, const Refusal& refusal, TimePoint now);

  /// What is to be handed in now, in its order; empty: nothing is. Jobs that need the same room.
  [[nodiscard]] std::vector<Job> take_due(TimePoint now);
  /// Those just taken were handed in, the last one as `number`.
  void handed_in(std::uint64_t number);
  /// The broker has decided about everything up to this number.
  void decided(std::uint64_t through, TimePoint now);
  /// What is under way may be lost, and its answer too.
  void connection_began();

  struct Overdue {
    Job job;
    Error refusal;
  };
  /// A job whose time is over; nullopt: there is none.
  [[nodiscard]] std::optional<Overdue> take_overdue(TimePoint now);
  /// The job given out as `given`, if it is held.
  [[nodiscard]] std::optional<Job> take(std::uint64_t given);
  [[nodiscard]] bool contains(std::uint64_t given) const;
  /// Any one; nullopt: there is none.
  [[nodiscard]] std::optional<Job> take_any();

  [[nodiscard]] bool empty() const { return rooms_.empty(); }
  /// When something is due, or overdue.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

 private:
  static constexpr std::size_t kFirstBatch = 64;
  static constexpr std::size_t kLargestBatch = 65'536;

  enum class Full : std::uint8_t { Everything, Journal, Queue, User };
  struct Key {
    Full what = Full::Everything;
    std::string name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Room {
    std::map<std::uint64_t, Job> jobs;  // by given number
    TimePoint due;
    std::size_t batch = kFirstBatch;
    std::uint64_t under_way = 0;  // the last one handed in and not decided about; 0: there is none
    Error refusal;
  };
  using Rooms = std::map<Key, Room>;

  [[nodiscard]] static Key key_of(ErrorCode reason, const JobKind& kind);
  [[nodiscard]] Rooms::const_iterator find(const JobKind& kind) const;
  void tidy(Rooms::iterator room);

  Rooms rooms_;
  std::optional<Key> last_taken_;
};

}  // namespace steelyard::zmq_runtime
