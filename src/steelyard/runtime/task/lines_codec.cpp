#include "steelyard/runtime/task/lines_codec.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/lines_payload.hpp"
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

/// Reads where the job goes on; returns what is wrong, empty when nothing is.
std::string read_forward(const json::value& value, Forward& forward) {
  const json::object* object = value.if_object();
  if (object == nullptr) return "\"forward\" is not an object";
  const json::value* queue = object->if_contains("queue");
  if (queue == nullptr || !queue->is_string()) return "\"forward\" has no \"queue\"";
  forward.queue = lines_text(*queue);
  const json::value* state = object->if_contains("state");
  if (state != nullptr && !state->is_string() && !state->is_null()) {
    return "\"forward\" has a \"state\" that is not a string";
  }
  if (state != nullptr && state->is_string()) forward.state = lines_text(*state);
  std::optional<std::string> payload;
  std::string wrong = read_bytes(*object, kPayloadKeys, payload);
  if (wrong.empty() && !payload) wrong = "\"forward\" has no \"payload\"";
  if (payload) forward.payload = std::move(*payload);
  return wrong;
}

/// Reads what became of the job; returns what is wrong, empty when nothing is.
std::string read_what(const json::object& object, LinesAnswer& answer) {
  std::optional<std::string> result;
  std::optional<std::string> partial;
  std::string wrong = read_bytes(object, kResultKeys, result);
  if (wrong.empty()) wrong = read_bytes(object, kPartialKeys, partial);
  if (!wrong.empty()) return "an answer whose " + wrong;
  const json::value* error = object.if_contains("error");
  if (error != nullptr && !error->is_null()) {
    answer.what = LinesAnswer::Failed{lines_text(*error), is_true(object, "retry")};
  } else if (result) {
    answer.what = LinesAnswer::Done{std::move(*result)};
  } else if (is_true(object, "stopped")) {
    answer.what = LinesAnswer::Stopped{};
  } else if (partial) {
    answer.what = LinesAnswer::Partial{std::move(*partial)};
  } else if (const json::value* forward = object.if_contains("forward")) {
    wrong = read_forward(*forward, answer.what.emplace<Forward>());
    if (!wrong.empty()) return "an answer whose " + wrong;
  } else if (!answer.progress_percent && !answer.loaded_s) {
    return "an answer that has neither \"result\" nor \"error\"";
  }
  return {};
}

}  // namespace

std::string encode_job_line(const Work& work) {
  return fmt::format(R"({{"id":{},"state":{},{},"attempt":{},"hop":{}}})"
                     "\n",
                     json::serialize(json::string_view(work.id)),
                     json::serialize(json::string_view(work.state)),
                     encode_payload_member(work.payload), work.attempt, work.hop);
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
  answer.id = lines_text(*id);
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
  const std::string wrong = read_what(*object, answer);
  if (!wrong.empty()) return malformed(wrong, line);
  return answer;
}

}  // namespace steelyard
