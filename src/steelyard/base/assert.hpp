#pragma once

/// Assertions that stay on in every build: a programmer's error ends the program at once, with the
/// place and the broken condition, instead of letting it continue on wrong state.

namespace steelyard::base {

/// Prints the failed condition and its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace steelyard::base

#define STEELYARD_ASSERT(condition)   \
  ((condition) ? static_cast<void>(0) \
               : ::steelyard::base::assertion_failed(#condition, __FILE__, __LINE__))
