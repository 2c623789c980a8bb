#include "steelyard/gateway/metrics/reading.hpp"

namespace steelyard::gateway {

namespace json = boost::json;

json::object object_of(const SnapshotText* snapshot, std::string_view name) {
  if (snapshot == nullptr) return {};
  auto value = read_json(name, snapshot->member(name));
  return value && value->is_object() ? std::move(value->get_object()) : json::object{};
}

const json::object& object_in(const json::object& object, std::string_view name) {
  static const json::object kNone;
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

double number_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::numeric_limits<double>::quiet_NaN();
  if (value->is_bool()) return value->get_bool() ? 1 : 0;
  return number_of(*value);
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

Table table_of(const SnapshotText* snapshot, std::string_view name) {
  if (snapshot != nullptr) {
    if (auto table = Table::read(name, snapshot->member(name))) return std::move(*table);
  }
  return {};
}

}  // namespace steelyard::gateway
