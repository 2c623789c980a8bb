#pragma once

#include <chrono>

#include "steelyard/runtime/task/task.hpp"

namespace graph {

/// The queue of the one stage that there is. A request is an exponent, 1279 say, and the answer is
/// a sentence: "2^1279-1 is prime".
inline constexpr const char* kQueue = "mersenne";

/// A request that has taken `longest_visit` and is not done is forwarded to the queue's end, with
/// what is known so far: three parts, the exponent, the steps done, the residue. Zero: it is worked
/// on until it is done.
///
/// The function throws std::invalid_argument for anything that is no request, and StoppedError.
/// Thread safety: the function may be called by any number of threads at once.
[[nodiscard]] steelyard::TaskFunction mersenne_stage(std::chrono::milliseconds longest_visit);

}  // namespace graph
