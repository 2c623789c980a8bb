#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/future/wait_word.hpp"

namespace steelyard {

/// What a future and its producer share beside the result: who is done with it.
///
/// Invariant: it is destroyed by the later of two: the producer when it publishes, the future when
/// it goes. Each says so with one atomic operation, and nobody counts references.
class FutureLink {
 public:
  FutureLink() = default;
  FutureLink(const FutureLink&) = delete;
  FutureLink& operator=(const FutureLink&) = delete;
  virtual ~FutureLink() = default;

  [[nodiscard]] bool ready() const noexcept {
    return (word_.load(std::memory_order_acquire) & kReady) != 0;
  }
  /// Sleeps until the result is published.
  void wait() noexcept;
  /// Sleeps until the result is published or `deadline` has passed; returns `ready()`.
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point deadline) noexcept;

  /// The producer's last act: shows the result that was kept. `this` may be gone afterwards.
  void publish() noexcept;
  /// The future's last act. `this` may be gone afterwards.
  void abandon() noexcept;
  /// Nobody will wait: for a producer that has given out no future.
  void abandon_early() noexcept { word_.store(kAbandoned, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kReady = 1;
  static constexpr std::uint32_t kSleeper = 2;
  static constexpr std::uint32_t kAbandoned = 4;

  /// Whether there is something to sleep for; says so in the word.
  [[nodiscard]] bool announce_sleeper() noexcept;

  WaitWord word_{0};
};

/// A result on its way from one thread to another.
///
/// The producer keeps exactly one result with `keep…`, then publishes; the future takes it once.
/// Errors are rare and stand aside, so that the state of a small result stays small.
template <class T>
class FutureState : public FutureLink {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  template <class... Args>
  void keep_value(Args&&... args) {
    kept_.template emplace<1>(std::forward<Args>(args)...);
  }
  void keep_error(Error error) { kept_.template emplace<2>(new Error(std::move(error))); }
  void keep(Result<T> result) {
    if (!result) {
      keep_error(std::move(result.error()));
    } else if constexpr (std::is_void_v<T>) {
      keep_value();
    } else {
      keep_value(std::move(*result));
    }
  }
  /// The error that was kept; nullptr when there is none.
  [[nodiscard]] Error* kept_error() noexcept {
    auto* error = std::get_if<2>(&kept_);
    return error == nullptr ? nullptr : error->get();
  }

  /// Requires: ready; not taken before.
  [[nodiscard]] Result<T> take() {
    STEELYARD_ASSERT(kept_.index() == 1 || kept_.index() == 2);
    if (Error* error = kept_error()) return tl::unexpected<Error>(std::move(*error));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(std::get<1>(kept_));
    }
  }

 private:
  struct Nothing {};
  std::variant<Nothing, Value, std::unique_ptr<Error>> kept_;
};

}  // namespace steelyard
