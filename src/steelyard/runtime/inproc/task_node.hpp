#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "steelyard/runtime/future/future_state.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"
#include "steelyard/runtime/inproc/next.hpp"

namespace steelyard::inproc {

/// How a function is called with the arguments that are stored for it: without or with the
/// worker's state, and whether the arguments are lent, so that they are still there for another
/// attempt, or given away.
enum class CallForm : unsigned char { Lend, Give, LendWithState, GiveWithState, None };

/// The first form that `Fn` accepts. Later forms are not even tried: trying one can fail to compile
/// inside a generic callable.
template <class Fn, class... Args>
consteval CallForm call_form() {
  if constexpr (std::is_invocable_v<Fn&, Args&...>) {
    return CallForm::Lend;
  } else if constexpr (std::is_invocable_v<Fn&, Args...>) {
    return CallForm::Give;
  } else if constexpr (std::is_invocable_v<Fn&, WorkerState&, Args&...>) {
    return CallForm::LendWithState;
  } else if constexpr (std::is_invocable_v<Fn&, WorkerState&, Args...>) {
    return CallForm::GiveWithState;
  } else {
    return CallForm::None;
  }
}

/// A function with its arguments, to be called in the form it accepts.
template <class Fn, class... Args>
struct Call {
  static constexpr CallForm kForm = call_form<Fn, Args...>();
  static constexpr bool kUsesState =
      kForm == CallForm::LendWithState || kForm == CallForm::GiveWithState;
  static constexpr bool kRepeatable = kForm == CallForm::Lend || kForm == CallForm::LendWithState;

  template <class GivenFn, class... GivenArgs>
  explicit Call(GivenFn&& given, GivenArgs&&... given_args)
      : fn(std::forward<GivenFn>(given)), args(std::forward<GivenArgs>(given_args)...) {}

  decltype(auto) operator()([[maybe_unused]] WorkerState& state) {
    if constexpr (kForm == CallForm::Lend) {
      return std::apply(fn, args);
    } else if constexpr (kForm == CallForm::Give) {
      return std::apply(fn, std::move(args));
    } else if constexpr (kForm == CallForm::LendWithState) {
      return std::apply(
          [&](Args&... lent) -> decltype(auto) { return std::invoke(fn, state, lent...); }, args);
    } else {
      return std::apply(
          [&](Args&... given) -> decltype(auto) {
            return std::invoke(fn, state, std::move(given)...);
          },
          args);
    }
  }

  Fn fn;
  [[no_unique_address]] std::tuple<Args...> args;
};

/// What a job of this function and these arguments results in. A function that returns a reference
/// has its result copied: what it refers to may be gone by the time it is looked at.
template <class Fn, class... Args>
struct CallResult {
  static_assert(call_form<Fn, Args...>() != CallForm::None,
                "the function cannot be called with these arguments");
  using Returned = decltype(std::declval<Call<Fn, Args...>&>()(std::declval<WorkerState&>()));
  using Kept = ResultOf<std::decay_t<Returned>>;
  using Value = std::conditional_t<std::is_void_v<Returned>, void, typename Kept::Value>;
  static constexpr bool kMayGoOn = Kept::kMayGoOn;
};

/// One job: its function, its arguments and the state of its future, in one allocation.
template <class Fn, class... Args>
class TaskNode final : public JobNode, public FutureState<typename CallResult<Fn, Args...>::Value> {
 public:
  using Value = typename CallResult<Fn, Args...>::Value;

  template <class GivenFn, class... GivenArgs>
  explicit TaskNode(GivenFn&& fn, GivenArgs&&... args)
      : call_(std::in_place, std::forward<GivenFn>(fn), std::forward<GivenArgs>(args)...) {
    uses_state = Call<Fn, Args...>::kUsesState;
  }

  AttemptEnding run(WorkerState& state) noexcept override {
    const AttemptEnding ending = attempt(state);
    // What the function holds is let go on the worker's thread, before the requester goes on.
    if (ending != AttemptEnding::Retry) call_.reset();
    if (ending == AttemptEnding::Finished || ending == AttemptEnding::Failed) next_.reset();
    return ending;
  }

  [[nodiscard]] JobOnward onward() const noexcept override {
    if constexpr (kMayGoOn) return {next_.to.queue, next_.to.state, next_.stage->uses_state()};
    return {};
  }

  void fail(Error error) noexcept override {
    next_.reset();
    this->keep_error(std::move(error));
  }

  void deliver() noexcept override { this->publish(); }

  void refuse(Error error) noexcept override {
    call_.reset();
    next_.reset();
    if (error.code == ErrorCode::AttemptsExhausted && this->kept_error() != nullptr) {
      error.context = std::move(this->kept_error()->context);
    }
    this->keep_error(std::move(error));
    this->publish();
  }

 private:
  static constexpr bool kMayGoOn = CallResult<Fn, Args...>::kMayGoOn;

  AttemptEnding attempt(WorkerState& state) noexcept {
    try {
      if constexpr (kMayGoOn) {
        return keep(next_.is_first() ? (*call_)(state) : next_.stage->run(state));
      } else if constexpr (std::is_void_v<Value>) {
        (*call_)(state);
        this->keep_value();
      } else {
        this->keep_value((*call_)(state));
      }
      return AttemptEnding::Finished;
    } catch (const RetryableError& error) {
      this->keep_error({ErrorCode::WorkFailed, error.what()});
      const bool is_repeatable = Call<Fn, Args...>::kRepeatable || !next_.is_first();
      return is_repeatable ? AttemptEnding::Retry : AttemptEnding::Failed;
    } catch (const std::exception& error) {
      this->keep_error({ErrorCode::WorkFailed, error.what()});
    } catch (...) {
      this->keep_error({ErrorCode::WorkFailed, "the work function threw no std::exception"});
    }
    return AttemptEnding::Failed;
  }

  AttemptEnding keep(Next<Value> returned) {
    if (returned.goes_on()) {
      next_.to = std::move(returned.to());
      next_.stage = returned.take_stage();
      return AttemptEnding::Forwarded;
    }
    if constexpr (std::is_void_v<Value>) {
      this->keep_value();
    } else {
      this->keep_value(std::move(returned.value()));
    }
    return AttemptEnding::Finished;
  }

  std::optional<Call<Fn, Args...>> call_;
  [[no_unique_address]] WhatIsNext<Value, kMayGoOn> next_;
};

}  // namespace steelyard::inproc
