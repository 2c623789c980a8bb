#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "steelyard/runtime/zmq/job_id.hpp"

namespace steelyard::gateway {

/// The news of one job as server-sent events, the latest `max_bytes` of them, for any number of
/// readers on any thread. What was dropped before a reader had it is said as a gap.
/// Thread safety: all members may be called from any thread.
class JobFeed {
 public:
  explicit JobFeed(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Adds an event; `last`: none follows it. `data` is one line.
  void add(std::string_view name, std::string_view data, bool last = false);
  /// Nothing follows, not even an outcome: nobody hears of the job here any more.
  void close();
  /// As `close`, and what nobody has read yet is gone.
  void drop();
  [[nodiscard]] std::size_t max_bytes() const { return max_bytes_; }

  struct News {
    std::string text{};      ///< events, as they are sent
    std::uint64_t last = 0;  ///< the number of the last one
    bool ended = false;      ///< nothing follows
  };
  /// What came after the event of this number, about `max_bytes` of it.
  [[nodiscard]] News after(std::uint64_t number, std::size_t max_bytes) const;

  /// `wake` is called, on any thread, when there is more, or no more to come. Ends with
  /// `forget`.
  std::uint64_t listen(std::function<void()> wake);
  void forget(std::uint64_t listener);
  [[nodiscard]] bool ended() const;
  /// The number of the event that was the last; 0: there is none, or not yet.
  [[nodiscard]] std::uint64_t outcome() const;

 private:
  struct Event {
    std::uint64_t number = 0;
    std::string text;
  };

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::deque<Event> events_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  bool ended_ = false;
  std::uint64_t outcome_ = 0;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t last_listener_ = 0;
};

/// The feeds of jobs that were handed in with `stream`, shared by the gateway's threads.
///
/// At most `kMaxFeeds`, which may keep `kMaxKeptBytes` in all: of those that have ended the oldest
/// goes first, then the oldest, and nobody hears of its job here any more.
/// Thread safety: all members may be called from any thread.
class JobFeeds {
 public:
  static constexpr std::size_t kMaxFeeds = 1'000;
  static constexpr std::size_t kMaxKeptBytes = std::size_t{256} << 20;

  void add(const JobId& job, std::shared_ptr<JobFeed> feed);
  /// nullptr: there is none.
  [[nodiscard]] std::shared_ptr<JobFeed> find(const JobId& job) const;
  /// Closes the feed of a job, which is not found any more; one that has ended stays.
  void close(const JobId& job);

 private:
  /// Takes the one that goes first out of the list.
  std::shared_ptr<JobFeed> take_first();

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<JobId, std::shared_ptr<JobFeed>> feeds_;
  std::deque<JobId> order_;
  std::size_t kept_bytes_ = 0;  // at most, by all of them
};

/// "id: 3\nevent: progress\ndata: {…}\n\n"; without an id for number 0.
[[nodiscard]] std::string event_text(std::uint64_t number, std::string_view name,
                                     std::string_view data);

}  // namespace steelyard::gateway
