#pragma once

#include <chrono>
#include <stop_token>

namespace example {

/// Waits for `duration`, or less when `stop` is requested; returns whether the whole time passed.
bool pause(const std::stop_token& stop, std::chrono::duration<double> duration);

}  // namespace example
