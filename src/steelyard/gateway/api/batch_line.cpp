#include "steelyard/gateway/api/batch_line.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/base/nearest.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

Result<json::object> read_object(std::string_view line) {
  json::parse_options options;
  options.max_depth = kMaxBatchJsonDepth;
  json::stream_parser parser({}, options);
  json::error_code error;
  const std::size_t read = parser.write_some(line.data(), line.size(), error);
  if (!error && line.find_first_not_of(" \t\r", read) != std::string_view::npos) {
    return failure(ErrorCode::Malformed, fmt::format("column {}: more than one value", read + 1));
  }
  if (!error) parser.finish(error);
  if (error == json::error::too_deep) {
    return failure(ErrorCode::Malformed,
                   fmt::format("column {}: nested deeper than {}", read + 1, kMaxBatchJsonDepth));
  }
  if (error) {
    return failure(ErrorCode::Malformed,
                   fmt::format("column {}: no JSON: {}", read + 1, error.message()));
  }
  json::value value = parser.release();
  if (!value.is_object()) return failure(ErrorCode::Malformed, "column 1: not a JSON object");
  return std::move(value.as_object());
}

/// A setting's value as it would stand in a query.
Result<std::string> text_of(std::string_view setting, const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_bool()) return std::string(value.as_bool() ? "true" : "false");
  if (value.is_number()) return monitor::json_text(value);
  if (setting == "tags" && value.is_array()) {
    std::string tags;
    for (const json::value& tag : value.as_array()) {
      if (!tag.is_string()) return failure(ErrorCode::InvalidArgument, "tags are texts");
      tags += (tags.empty() ? "" : ",") + std::string(tag.as_string());
    }
    return tags;
  }
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{} is not a text, a number or a truth value", setting));
}

Result<void> read_payload(std::string_view field, const json::value& value, std::string& into) {
  if (field == "payload") {
    into = value.is_string() ? std::string(value.as_string()) : json::serialize(value);
    return {};
  }
  auto bytes = value.is_string() ? base64_decode(value.as_string()) : std::nullopt;
  if (!bytes) return failure(ErrorCode::InvalidArgument, "payload_base64 is not base 64");
  into = std::move(*bytes);
  return {};
}

Error unknown_field(std::string_view field) {
  std::vector<std::string> names(kJobSettings.begin(), kJobSettings.end());
  names.insert(names.end(), {"queue", "payload", "payload_base64"});
  const std::string near = field.size() > 100 ? "" : base::nearest(field, names);
  return {ErrorCode::InvalidArgument,
          fmt::format("there is no field \"{}\"{}", printable(field.substr(0, 60)),
                      near.empty() ? "" : fmt::format("; did you mean {}?", near))};
}

Result<void> read_field(std::string_view field, const json::value& value,
                        std::chrono::milliseconds max_wait, BatchLine& line) {
  if (field == "payload" || field == "payload_base64") {
    return read_payload(field, value, line.payload);
  }
  if (field == "queue") {
    if (!value.is_string()) return failure(ErrorCode::InvalidArgument, "queue is not a text");
    line.queue = value.as_string();
    return check_name("queue", line.queue);
  }
  if (std::ranges::find(kJobSettings, field) == kJobSettings.end()) {
    return tl::unexpected(unknown_field(field));
  }
  const auto text = text_of(field, value);
  if (!text) return tl::unexpected(text.error());
  return read_setting(field, *text, max_wait, line.job);
}

}  // namespace

Result<BatchLine> read_batch_line(std::string_view text, std::chrono::milliseconds max_wait) {
  const auto object = read_object(text);
  if (!object) return tl::unexpected(object.error());
  BatchLine line;
  for (const auto& [field, value] : *object) {
    if (auto read = read_field(field, value, max_wait, line); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (line.queue.empty()) return failure(ErrorCode::InvalidArgument, "the queue is missing");
  if (object->contains("payload") && object->contains("payload_base64")) {
    return failure(ErrorCode::InvalidArgument, "payload and payload_base64 exclude each other");
  }
  return line;
}

}  // namespace steelyard::gateway
