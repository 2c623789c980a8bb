#pragma once

#include <string>
#include <string_view>

#include "steelyard/core/actions.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/trace/names.hpp"

/// What happened, for people.
namespace steelyard::trace {

/// "JobFinished".
[[nodiscard]] std::string_view name_of(const core::Event& event);

/// "job 7 of session 0 to worker 3, which loads its state"; a decision's recorded fields only.
[[nodiscard]] std::string sentence(const core::Action& decision, const Names& names);

}  // namespace steelyard::trace
