#include "steelyard/runtime/task/lines_payload.hpp"

#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {
namespace {

namespace json = boost::json;

std::string quoted(std::string_view text) {
  return json::serialize(json::string_view(text));
}

std::string encode_part(std::string_view part) {
  if (is_valid_utf8(part)) return quoted(part);
  return fmt::format(R"({{"base64":"{}"}})", base64_encode(part));
}

/// Nothing when it is an object for base 64 that has none.
std::optional<std::string> read_part(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || object->size() != 1) return lines_text(value);
  const json::value* encoded = object->if_contains("base64");
  if (encoded == nullptr) return lines_text(value);
  return encoded->is_string() ? base64_decode(lines_text(*encoded)) : std::nullopt;
}

/// Returns what is wrong; empty: nothing.
std::string read_parts(const json::value& value, std::string_view key, std::string& bytes) {
  const json::array* array = value.if_array();
  if (array == nullptr) return fmt::format("\"{}\" is not an array", key);
  if (array->size() > kMaxParts) return fmt::format("\"{}\" are more than {}", key, kMaxParts);
  std::vector<std::string> parts;
  for (const json::value& each : *array) {
    auto part = read_part(each);
    if (!part) return fmt::format("\"{}\" have a \"base64\" that is none", key);
    parts.push_back(std::move(*part));
  }
  bytes = pack_parts(std::vector<std::string_view>(parts.begin(), parts.end()));
  return {};
}

}  // namespace

std::string lines_text(const json::value& value) {
  if (const json::string* text = value.if_string()) return {text->data(), text->size()};
  // The library would write 3.5 as 3.5E0.
  if (const double* number = value.if_double()) return fmt::format("{}", *number);
  return json::serialize(value);
}

std::string encode_payload_member(std::string_view payload) {
  if (const auto parts = unpack_parts(payload); has_parts(payload) && parts) {
    std::string texts;
    for (const std::string_view part : *parts) {
      if (!texts.empty()) texts += ',';
      texts += encode_part(part);
    }
    return fmt::format(R"("{}":[{}])", kPayloadKeys.parts, texts);
  }
  if (is_valid_utf8(payload)) return fmt::format(R"("{}":{})", kPayloadKeys.text, quoted(payload));
  return fmt::format(R"("{}":"{}")", kPayloadKeys.base64, base64_encode(payload));
}

std::string read_bytes(const json::object& object, const LinesKeys& keys,
                       std::optional<std::string>& bytes) {
  if (const json::value* text = object.if_contains(keys.text)) {
    bytes = lines_text(*text);
  } else if (const json::value* encoded = object.if_contains(keys.base64)) {
    bytes = base64_decode(lines_text(*encoded));
    if (!bytes) return fmt::format("\"{}\" is not base 64", keys.base64);
  } else if (const json::value* parts = object.if_contains(keys.parts);
             parts != nullptr && !keys.parts.empty()) {
    return read_parts(*parts, keys.parts, bytes.emplace());
  }
  return {};
}

}  // namespace steelyard
