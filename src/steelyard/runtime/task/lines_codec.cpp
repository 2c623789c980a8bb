#include "steelyard/runtime/task/lines_codec.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBytes = 200;

tl::unexpected<Error> malformed(std::string_view what, std::string_view line) {
  const bool whole = line.size() <= kShownBytes;
  return failure(
      ErrorCode::Malformed,
      fmt::format("{}: {}{}", what, printable(line.substr(0, kShownBytes)), whole ? "" : " ..."));
}

/// A string as its characters, anything else as its JSON text.
std::string text_of(const json::value& value) {
  if (const json::string* text = value.if_string()) return {text->data(), text->size()};
  // The library would write 3.5 as 3.5E0.
  if (const double* number = value.if_double()) return fmt::format("{}", *number);
  return json::serialize(value);
}

bool is_true(const json::object& answer, std::string_view key) {
  const json::value* value = answer.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// Reads `loaded_s`; false when it is there but is not a number of seconds.
bool read_loaded(const json::object& object, LinesAnswer& answer) {
  const json::value* loaded = object.if_contains("loaded_s");
  if (loaded == nullptr) return true;
  if (!loaded->is_number()) return false;
  answer.loaded_s = loaded->to_number<double>();
  return *answer.loaded_s >= 0;
}

/// Reads `state_bytes`; false when it is there but is not a number of bytes.
bool read_size(const json::object& object, LinesAnswer& answer) {
  const json::value* size = object.if_contains("state_bytes");
  if (size == nullptr) return true;
  json::error_code error;
  answer.state_bytes = size->to_number<std::uint64_t>(error);
  return !error;
}

/// Reads `progress`; false when it is there but is not a number from 0 to 100.
bool read_progress(const json::object& object, LinesAnswer& answer) {
  const json::value* progress = object.if_contains("progress");
  if (progress == nullptr) return true;
  if (!progress->is_number()) return false;
  const auto percent = progress->to_number<double>();
  if (!(percent >= 0 && percent <= kAllDone_percent)) return false;
  answer.progress_percent = static_cast<std::uint8_t>(percent);
  return true;
}

/// Bytes as text under `key` or as base 64 under `encoded_key`.
struct BytesKeys {
  std::string_view key;
  std::string_view encoded_key;
};

/// Reads them; false when what is there is not base 64. `bytes` stays empty when there are none.
bool read_bytes(const json::object& object, BytesKeys keys, std::optional<std::string>& bytes) {
  if (const json::value* text = object.if_contains(keys.key)) {
    bytes = text_of(*text);
  } else if (const json::value* encoded = object.if_contains(keys.encoded_key)) {
    bytes = base64_decode(text_of(*encoded));
    return bytes.has_value();
  }
  return true;
}

/// Reads what became of the job; the sentence says what is wrong, empty when nothing is.
std::string_view read_what(const json::object& object, LinesAnswer& answer) {
  std::optional<std::string> result;
  std::optional<std::string> partial;
  if (!read_bytes(object, {"result", "result_base64"}, result)) {
    return "an answer whose \"result_base64\" is not base 64";
  }
  if (!read_bytes(object, {"partial", "partial_base64"}, partial)) {
    return "an answer whose \"partial_base64\" is not base 64";
  }
  const json::value* error = object.if_contains("error");
  if (error != nullptr && !error->is_null()) {
    answer.what = LinesAnswer::Failed{text_of(*error), is_true(object, "retry")};
  } else if (result) {
    answer.what = LinesAnswer::Done{std::move(*result)};
  } else if (is_true(object, "stopped")) {
    answer.what = LinesAnswer::Stopped{};
  } else if (partial) {
    answer.what = LinesAnswer::Partial{std::move(*partial)};
  } else if (object.contains("forward")) {
    answer.what = LinesAnswer::Unsupported{"forward"};
  } else if (!answer.progress_percent && !answer.loaded_s) {
    return "an answer that has neither \"result\" nor \"error\"";
  }
  return {};
}

}  // namespace

std::string encode_job_line(const Work& work) {
  const bool text = is_valid_utf8(work.payload);
  return fmt::format(R"({{"id":{},"state":{},"{}":{},"attempt":{}}})"
                     "\n",
                     json::serialize(json::string_view(work.id)),
                     json::serialize(json::string_view(work.state)),
                     text ? "payload" : "payload_base64",
                     text ? json::serialize(json::string_view(work.payload))
                          : '"' + base64_encode(work.payload) + '"',
                     work.attempt);
}

std::string encode_evict_line(std::string_view state) {
  return fmt::format("{{\"evict\":{}}}\n", json::serialize(json::string_view(state)));
}

std::string encode_load_line(std::string_view state, std::string_view id) {
  return fmt::format("{{\"load\":{},\"id\":{}}}\n", json::serialize(json::string_view(state)),
                     json::serialize(json::string_view(id)));
}

std::string encode_cancel_line(std::string_view id) {
  return fmt::format("{{\"cancel\":{}}}\n", json::serialize(json::string_view(id)));
}

Result<LinesAnswer> parse_answer_line(std::string_view line) {
  json::error_code error;
  const json::value value = json::parse(line, error);
  if (error) return malformed("a line that is not JSON (logs belong on standard error)", line);
  const json::object* object = value.if_object();
  if (object == nullptr) return malformed("a line that is not a JSON object", line);
  const json::value* id = object->if_contains("id");
  if (id == nullptr || !id->is_string()) return malformed("an answer without an \"id\"", line);
  LinesAnswer answer;
  answer.id = text_of(*id);
  if (!read_loaded(*object, answer)) {
    return malformed("an answer whose \"loaded_s\" is not a number of seconds", line);
  }
  if (!read_size(*object, answer)) {
    return malformed("an answer whose \"state_bytes\" is not a whole number of bytes", line);
  }
  if (!read_progress(*object, answer)) {
    return malformed("an answer whose \"progress\" is not a number from 0 to 100", line);
  }
  answer.load_failed = is_true(*object, "load_failed");
  const std::string_view wrong = read_what(*object, answer);
  if (!wrong.empty()) return malformed(wrong, line);
  return answer;
}

}  // namespace steelyard
