#include "steelyard/hub/control_messages.hpp"

#include <utility>

#include <boost/json.hpp>

#include "steelyard/hub/control.hpp"

namespace steelyard::hub {
namespace {

namespace json = boost::json;

Result<json::object> parse_object(const std::string& line) {
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || !value.is_object()) {
    return failure(ErrorCode::Malformed, "what was said on the control socket is not understood");
  }
  return std::move(value.as_object());
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found == nullptr || !found->is_string() ? "" : std::string(found->get_string());
}

bool flag_in(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

/// The answer to a request. Errors: what was refused.
Result<json::object> ask(const std::string& path, const json::object& request,
                         std::chrono::milliseconds timeout) {
  const auto line = call_control(path, json::serialize(request), timeout);
  if (!line) return tl::unexpected(line.error());
  auto answer = parse_object(*line);
  if (!answer || flag_in(*answer, "ok")) return answer;
  return failure(error_code_from(text_in(*answer, "code")), text_in(*answer, "error"));
}

}  // namespace

Result<ControlRequest> read_request(const std::string& line) {
  const auto object = parse_object(line);
  if (!object) return tl::unexpected(object.error());
  const std::string what = text_in(*object, "do");
  if (what != "who" && what != "reload") {
    return failure(ErrorCode::Malformed, "a request is {\"do\":\"who\"} or {\"do\":\"reload\"}");
  }
  return ControlRequest{what == "reload", text_in(*object, "config"), flag_in(*object, "dry_run")};
}

std::string introduction(const Introduction& who) {
  return json::serialize(
      json::object{{"ok", true}, {"kind", who.kind}, {"name", who.name}, {"config", who.config}});
}

std::string changes_answer(const std::string& name, const std::vector<std::string>& changes) {
  json::array lines;
  for (const std::string& change : changes) lines.emplace_back(change);
  return json::serialize(json::object{{"ok", true}, {"name", name}, {"changes", std::move(lines)}});
}

std::string refusal(const Error& why) {
  return json::serialize(
      json::object{{"ok", false}, {"error", why.context}, {"code", to_string(why.code)}});
}

Result<Introduction> ask_who(const std::string& path, std::chrono::milliseconds timeout) {
  const auto answer = ask(path, {{"do", "who"}}, timeout);
  if (!answer) return tl::unexpected(answer.error());
  return Introduction{text_in(*answer, "kind"), text_in(*answer, "name"),
                      text_in(*answer, "config")};
}

Result<std::vector<std::string>> ask_to_reload(const std::string& path,
                                               const ControlRequest& request,
                                               std::chrono::milliseconds timeout) {
  json::object said{{"do", "reload"}, {"dry_run", request.dry_run}};
  if (!request.config.empty()) said["config"] = request.config;
  const auto answer = ask(path, said, timeout);
  if (!answer) return tl::unexpected(answer.error());
  std::vector<std::string> changes;
  const json::value* const lines = answer->if_contains("changes");
  if (lines == nullptr || !lines->is_array()) return changes;
  for (const json::value& line : lines->get_array()) {
    if (line.is_string()) changes.emplace_back(line.get_string());
  }
  return changes;
}

}  // namespace steelyard::hub
