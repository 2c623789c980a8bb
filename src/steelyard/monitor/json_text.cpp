#include "steelyard/monitor/json_text.hpp"

#include <cmath>
#include <string_view>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace steelyard::monitor {
namespace {

namespace json = boost::json;

void append(std::string& text, const json::value& value);

void append(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text.append("null");
    return;
  }
  const std::string digits = fmt::format("{}", number);
  text.append(digits);
  // A fraction stays one, whatever its value: readers see its type.
  if (digits.find_first_of(".e") == std::string::npos) text.append(".0");
}

void append(std::string& text, const json::object& object) {
  std::string_view separator = "{";
  for (const auto& [name, member] : object) {
    text.append(separator).append(json::serialize(name)).append(":");
    append(text, member);
    separator = ",";
  }
  text.append(object.empty() ? "{}" : "}");
}

void append(std::string& text, const json::array& array) {
  std::string_view separator = "[";
  for (const json::value& element : array) {
    text.append(separator);
    append(text, element);
    separator = ",";
  }
  text.append(array.empty() ? "[]" : "]");
}

void append(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) return append(text, *object);
  if (const auto* array = value.if_array()) return append(text, *array);
  if (const double* number = value.if_double()) return append(text, *number);
  text.append(json::serialize(value));
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string text;
  append(text, value);
  return text;
}

}  // namespace steelyard::monitor
