#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "steelyard/runtime/inproc/options.hpp"
#include "steelyard/runtime/task/worker_state.hpp"

namespace steelyard {

/// Where a request goes on. Its user, priority and tags go with it.
struct Onward {
  std::string queue = std::string(kDefaultQueue);
  std::string state{};  ///< that the next function needs; empty: none
};

template <class T>
class Next;

namespace inproc {

/// A function that a request goes on with, as the engine sees it.
template <class T>
class Stage {
 public:
  explicit Stage(bool uses_state) : uses_state_(uses_state) {}
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  virtual Next<T> run(WorkerState& state) = 0;
  [[nodiscard]] bool uses_state() const { return uses_state_; }

 private:
  const bool uses_state_;
};

template <class T, class Fn>
class StageOf;

/// What a function that returns a T holds when it is done.
template <class T>
using Held = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

}  // namespace inproc

/// What a function returns that may pass its request on: the result, or the function that goes on
/// with it, in the same queue or in another.
///
///     balancer.submit([](Page page) -> Next<Text> {
///       if (page.is_empty()) return Text{};
///       return {{.queue = "recognise"}, [page] { return recognise(page); }};
///     }, page);
///
/// The request stays the same: same future, same number; it waits in its new queue behind those
/// that are there. The next function is called without arguments, or with its worker's state, and
/// returns a T or a Next<T>: cycles are allowed, and `limits.max_hops` of them; once more and the
/// answer is TooManyHops. Attempts are counted anew for each function. A queue or state that cannot
/// be named so is answered with InvalidName or TooManyNames.
/// Cost: an allocation per function that goes on.
template <class T>
class Next {
 public:
  using Value = T;

  Next() requires std::is_void_v<T>
  = default;
  template <class Given>
  requires(!std::is_void_v<T> && !std::same_as<std::remove_cvref_t<Given>, Next> &&
           std::convertible_to<Given, inproc::Held<T>>)
      Next(Given&& value)  // NOLINT(google-explicit-constructor): a function returns its result as
                           // it is
      : value_(std::in_place_index<0>, std::forward<Given>(value)) {}
  template <class Fn>
  requires(std::invocable<std::decay_t<Fn>&> || std::invocable<std::decay_t<Fn>&, WorkerState&>)
      Next(Onward to, Fn&& fn)
      : to_(std::move(to)),
        value_(std::in_place_index<1>,
               std::make_unique<inproc::StageOf<T, std::decay_t<Fn>>>(std::forward<Fn>(fn))) {}

  // For who runs the request.

  [[nodiscard]] bool goes_on() const { return value_.index() == 1; }
  /// These two require: it goes on; `value`: it does not.
  [[nodiscard]] Onward& to() { return to_; }
  [[nodiscard]] std::unique_ptr<inproc::Stage<T>> take_stage() {
    return std::move(std::get<1>(value_));
  }
  [[nodiscard]] inproc::Held<T>& value() { return std::get<0>(value_); }

 private:
  Onward to_;
  std::variant<inproc::Held<T>, std::unique_ptr<inproc::Stage<T>>> value_;
};

namespace inproc {

template <class T, class Fn>
class StageOf final : public Stage<T> {
  static constexpr bool kUsesState = !std::invocable<Fn&>;

 public:
  template <class Given>
  explicit StageOf(Given&& fn) : Stage<T>(kUsesState), fn_(std::forward<Given>(fn)) {}

  Next<T> run(WorkerState& state) override {
    using Returned = decltype(call(state));
    if constexpr (std::is_void_v<Returned>) {
      call(state);
      return {};
    } else {
      return call(state);
    }
  }

 private:
  decltype(auto) call([[maybe_unused]] WorkerState& state) {
    if constexpr (kUsesState) {
      return std::invoke(fn_, state);
    } else {
      return std::invoke(fn_);
    }
  }

  Fn fn_;
};

/// What a function's result is for its requester.
template <class T>
struct ResultOf {
  using Value = T;
  static constexpr bool kMayGoOn = false;
};
template <class T>
struct ResultOf<Next<T>> {
  using Value = T;
  static constexpr bool kMayGoOn = true;
};

/// What a request holds that has gone on; nothing where it cannot.
template <class T, bool kMayGoOn>
struct WhatIsNext {
  [[nodiscard]] bool is_first() const { return true; }
  void reset() {}
};
template <class T>
struct WhatIsNext<T, true> {
  [[nodiscard]] bool is_first() const { return stage == nullptr; }
  void reset() { stage.reset(); }

  Onward to{};
  std::unique_ptr<Stage<T>> stage{};
};

}  // namespace inproc
}  // namespace steelyard
