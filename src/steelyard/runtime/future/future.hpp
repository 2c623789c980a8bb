#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/future/future_state.hpp"

namespace steelyard {

/// The result of a job, which may not be there yet.
///
/// Exactly one result comes: the work's value, or an Error: the work's own with its text
/// (WorkFailed), or the reason why it was not done (Stopped, QueueFull, …). A future may be dropped
/// without waiting, and may outlive the balancer or client that gave it.
/// Thread safety: none of its own, like any value; it may be moved to another thread. The result
/// may come from any thread.
/// Cost: waiting for a result that is there makes no system call, nor does delivering one that
/// nobody waits for.
template <class T>
class [[nodiscard]] Future {
 public:
  /// A future of nothing; only to be assigned to.
  Future() = default;

  /// Whether a result can still be taken: not default-constructed, moved from or waited for.
  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }

  /// The number its producer gave the job; 0 when it gave none. Stays after waiting.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

  /// Whether the result is there. Requires: valid.
  [[nodiscard]] bool ready() const noexcept { return state().ready(); }

  /// Blocks until the result is there and takes it. Requires: valid; then no longer is.
  [[nodiscard]] Result<T> wait() {
    state().wait();
    return take();
  }

  /// Blocks for at most `time`: the result, or nullopt and it may be asked again. Requires: valid;
  /// no longer is once the result is taken.
  template <class Rep, class Period>
  [[nodiscard]] std::optional<Result<T>> wait_for(std::chrono::duration<Rep, Period> time) {
    if (!state().wait_until(deadline_in(time))) return std::nullopt;
    return take();
  }

  /// For producers: the future of what `state` will hold. `state` must be published once.
  Future(FutureState<T>& state, std::uint64_t id) : state_(&state), id_(id) {}

 private:
  struct Abandon {
    void operator()(FutureState<T>* state) const noexcept { state->abandon(); }
  };

  [[nodiscard]] FutureState<T>& state() const noexcept {
    STEELYARD_ASSERT(valid());
    return *state_;
  }
  [[nodiscard]] Result<T> take() {
    const auto taken = std::move(state_);
    return taken->take();
  }
  /// A time that no clock can reach means for ever, instead of overflowing into the past.
  template <class Rep, class Period>
  static std::chrono::steady_clock::time_point deadline_in(
      std::chrono::duration<Rep, Period> time) {
    using Clock = std::chrono::steady_clock;
    const auto now = Clock::now();
    const std::chrono::duration<double> wanted = time;
    const std::chrono::duration<double> most = Clock::time_point::max() - now;
    if (wanted >= most / 2) return Clock::time_point::max();
    return now + std::chrono::ceil<Clock::duration>(time);
  }

  std::unique_ptr<FutureState<T>, Abandon> state_;
  std::uint64_t id_ = 0;
};

/// The producing side of a future: sets its result, once.
///
/// A promise that is dropped unset resolves its future with ErrorCode::Stopped.
/// Thread safety: none of its own; it may be moved to another thread.
/// Cost: one allocation for both sides.
template <class T>
class Promise {
 public:
  /// `id` is what Future::id() will say.
  explicit Promise(std::uint64_t id = 0) : state_(new FutureState<T>), id_(id) {}

  /// Its future. Requires: not asked before, not set.
  [[nodiscard]] Future<T> future() {
    STEELYARD_ASSERT(state_ != nullptr && !state_.get_deleter().given);
    state_.get_deleter().given = true;
    return Future<T>(*state_, id_);
  }

  /// Resolves the future. Requires: its future was asked for; not set before.
  void set(Result<T> result) {
    STEELYARD_ASSERT(state_ != nullptr && state_.get_deleter().given);
    state_->keep(std::move(result));
    state_.release()->publish();
  }

 private:
  struct Break {
    bool given = false;
    void operator()(FutureState<T>* state) const {
      if (!given) {
        delete state;
        return;
      }
      state->keep_error({ErrorCode::Stopped, "its producer went away without a result"});
      state->publish();
    }
  };

  std::unique_ptr<FutureState<T>, Break> state_;
  std::uint64_t id_ = 0;
};

}  // namespace steelyard
