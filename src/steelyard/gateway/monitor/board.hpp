#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/gateway/monitor/history.hpp"
#include "steelyard/gateway/monitor/snapshot_text.hpp"

namespace steelyard::gateway {

/// A snapshot of the broker and when it came.
///
/// Thread safety: all members may be called from any thread.
class Sighting {
 public:
  using Clock = std::chrono::steady_clock;

  Sighting(Clock::time_point at, SnapshotText snapshot) : at_(at), snapshot_(std::move(snapshot)) {}

  [[nodiscard]] Clock::time_point at() const { return at_; }
  [[nodiscard]] const SnapshotText& snapshot() const { return snapshot_; }
  /// The event `snapshot` with these tables, made once for all who want the same.
  [[nodiscard]] const std::string& event(Tables tables) const;

 private:
  static constexpr std::size_t kChoices = std::size_t{1} << Tables::kCount;

  const Clock::time_point at_;
  const SnapshotText snapshot_;
  mutable std::array<std::once_flag, kChoices> made_;
  mutable std::array<std::string, kChoices> events_;
};

/// What the gateway knows of its broker, for all its threads: written by one Watch, read by those
/// who answer the monitor page and metrics.
///
/// Thread safety: all members may be called from any thread. `wake` and `told` are called from any
/// thread, with nothing held; they post.
class Board {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMaxListeners = 64;
  static constexpr std::size_t kMaxAsking = 1'000;
  /// How old what is shown as fresh may be.
  static constexpr std::chrono::milliseconds kFresh{1'000};

  struct Latest {
    std::uint64_t number = 0;                    ///< of all that was written; 0: nothing yet
    std::shared_ptr<const Sighting> sighting{};  ///< the last one; null: there was none yet
    bool is_connected = false;                   ///< the broker answered when it was asked last
    std::chrono::duration<double> away{};        ///< for how long it has not
    std::string why{};                           ///< it did not
  };
  [[nodiscard]] Latest latest() const;
  /// What GET /monitor/history says.
  [[nodiscard]] std::shared_ptr<const std::string> history(Clock::time_point now) const;

  /// Calls `wake` whenever something was written, until it is forgotten. Nothing over
  /// kMaxListeners, and after `close`.
  [[nodiscard]] std::optional<std::uint64_t> listen(std::function<void()> wake);
  void forget(std::uint64_t listener);
  /// Calls `told` once when there is something not older than kFresh, or the broker does not
  /// answer. False, over kMaxAsking or after `close`: it will not be called.
  [[nodiscard]] bool ask(Clock::time_point now, std::function<void()> told);
  /// Nothing more is written; listeners are woken to see it.
  void close();
  [[nodiscard]] bool is_closed() const;

  // For the Watch.
  /// `ask_now`: called when somebody would know sooner; empty: nobody can any more.
  void watch(std::function<void()> ask_now);
  [[nodiscard]] bool is_listened_to() const;
  void write(std::shared_ptr<const Sighting> sighting, const Moment& moment);
  void write_away(std::chrono::duration<double> away, std::string why);

 private:
  using Calls = std::vector<std::function<void()>>;
  [[nodiscard]] Calls take_calls();

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  Latest latest_;
  History history_;
  mutable std::shared_ptr<const std::string> history_text_;  // null: it is old
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t last_listener_ = 0;
  Calls asking_;
  std::function<void()> ask_now_;
  bool is_closed_ = false;
};

}  // namespace steelyard::gateway
