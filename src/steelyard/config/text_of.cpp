#include "steelyard/config/text_of.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace steelyard::config {
namespace {

std::string quoted(const std::string& text) {
  return boost::json::serialize(boost::json::string(text));
}

struct Writer {
  std::string operator()(std::nullptr_t) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(std::uint64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const Value::Array& values) const {
    std::string text = "[";
    for (const Value& value : values) text += (text.size() > 1 ? "," : "") + text_of(value);
    return text + "]";
  }
  std::string operator()(const Value::Object& members) const {
    std::string text = "{";
    for (const Member& member : members) {
      text += (text.size() > 1 ? "," : "") + quoted(member.name) + ":" + text_of(member.value);
    }
    return text + "}";
  }
};

}  // namespace

std::string text_of(const Value& value) {
  return std::visit(Writer(), value.data);
}

}  // namespace steelyard::config
