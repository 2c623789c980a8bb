#pragma once

#include <string>

#include "steelyard/config/value.hpp"

namespace steelyard::config {

/// The value as JSON in one line, without comments: the same text for what means the same.
[[nodiscard]] std::string text_of(const Value& value);

}  // namespace steelyard::config
