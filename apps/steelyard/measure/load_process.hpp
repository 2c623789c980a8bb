#pragma once

#include <memory>
#include <string>
#include <vector>

#include "measure/load.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"

namespace steelyard::cli {

/// Jobs per second of a client in a process of its own: `arguments` say which part of this program
/// it is and what it talks to, `load` what it hands in.
[[nodiscard]] Result<double> jobs_per_s(std::vector<std::string> arguments, const Load& load,
                                        const std::shared_ptr<ChildGuard>& guard);

}  // namespace steelyard::cli
