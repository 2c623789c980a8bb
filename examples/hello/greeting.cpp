#include "hello/greeting.hpp"

#include <stdexcept>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace hello {

namespace json = boost::json;

namespace {

json::object read_object(std::string_view text) {
  boost::system::error_code wrong;
  json::value value = json::parse({text.data(), text.size()}, wrong);
  if (wrong) throw std::invalid_argument(fmt::format("not JSON: {}", wrong.message()));
  if (!value.is_object()) throw std::invalid_argument("not a JSON object with names");
  return std::move(value.as_object());
}

std::string_view read_string(const json::object& object, std::string_view field) {
  const json::value* const value = object.if_contains({field.data(), field.size()});
  if (value == nullptr) throw std::invalid_argument(fmt::format("'{}' is missing", field));
  const json::string* const text = value->if_string();
  if (text == nullptr) throw std::invalid_argument(fmt::format("'{}' must be a string", field));
  return {text->data(), text->size()};
}

}  // namespace

std::string to_request(std::string_view first_name, std::string_view last_name) {
  return json::serialize(json::object{{"firstName", first_name}, {"lastName", last_name}});
}

std::string greet(std::string_view request) {
  const json::object person = read_object(request);
  const std::string_view first_name = read_string(person, "firstName");
  const std::string_view last_name = read_string(person, "lastName");
  const std::string greeting = fmt::format("Hello {} {}", first_name, last_name);
  return json::serialize(json::object{{"greeting", greeting}});
}

}  // namespace hello
