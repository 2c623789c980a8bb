#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace steelyard::monitor {

/// The value as JSON on one line, with numbers as people write them: 0.25, not 2.5E-1. A number
/// that is not finite becomes null.
[[nodiscard]] std::string json_text(const boost::json::value& value);

}  // namespace steelyard::monitor
