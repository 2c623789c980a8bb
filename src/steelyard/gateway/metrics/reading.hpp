#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include "steelyard/gateway/monitor/snapshot_text.hpp"
#include "steelyard/gateway/monitor/table.hpp"

/// Reading a broker's figures for metrics: what is not there is not shown.
namespace steelyard::gateway {

/// A member of the snapshot that is an object; empty: there is none.
[[nodiscard]] boost::json::object object_of(const SnapshotText* snapshot, std::string_view name);
/// A member of an object that is an object; empty: there is none.
[[nodiscard]] const boost::json::object& object_in(const boost::json::object& object,
                                                   std::string_view name);
/// NaN: there is none. A flag is 0 or 1.
[[nodiscard]] double number_in(const boost::json::object& object, std::string_view name);
/// Empty: there is none.
[[nodiscard]] std::string_view text_in(const boost::json::object& object, std::string_view name);
/// A table of the snapshot; an empty one: there is none.
[[nodiscard]] Table table_of(const SnapshotText* snapshot, std::string_view name);

}  // namespace steelyard::gateway
