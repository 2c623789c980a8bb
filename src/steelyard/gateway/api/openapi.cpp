#include <boost/json.hpp>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/lower_case.hpp"

#ifndef STEELYARD_VERSION
#define STEELYARD_VERSION "0"
#endif

/// The document that says what the calls are, made from the table that they are registered from.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;

std::string_view meaning_of_status(unsigned status) {
  switch (status) {
    case 200:
      return "What was asked for";
    case 202:
      return "The broker has the job, which goes on";
    case 204:
      return "The outcome was told: Last-Event-ID is its id";
    case 400:
      return "The request is malformed";
    case 403:
      return "A browser asks for a page of another origin, which is not allowed";
    case 404:
      return "There is none of this name";
    case 409:
      return "The idempotency key has another job, or the job has no result yet, or was cancelled";
    case 413:
      return "Too large";
    case 421:
      return "Asked for by a host's name that is not allowed";
    case 429:
      return "The user has too many jobs queued";
    case 500:
      return "The work failed";
    case 503:
      return "No room, or no broker";
    default:
      return "Timed out";
  }
}

json::object schema(std::string_view type) {
  return {{"type", type}};
}

json::object content(std::string_view type) {
  json::object media;
  if (type == "application/json") media["schema"] = schema("object");
  return {{type, std::move(media)}};
}

json::object parameter(std::string_view name, std::string_view where) {
  return {
      {"name", name}, {"in", where}, {"required", where == "path"}, {"schema", schema("string")}};
}

/// "/v1/jobs/{id}" has one: id.
std::vector<std::string_view> captures_of(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (std::size_t begin = pattern.find('{'); begin != std::string_view::npos;
       begin = pattern.find('{', begin + 1)) {
    names.push_back(pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1));
  }
  return names;
}

json::object responses_of(const CallInfo& call) {
  std::vector<unsigned> statuses = call.statuses;
  statuses.push_back(400);
  if (call.pattern != "/openapi.json") statuses.insert(statuses.end(), {421U, 503U});
  if (call.method != "GET") statuses.push_back(403);
  json::object responses;
  for (const unsigned status : statuses) {
    json::object response{{"description", meaning_of_status(status)}};
    const std::string_view good = status == 200 ? call.answer : "application/json";
    if (status != 204) {
      response["content"] = content(status < 300 ? good : "application/problem+json");
    }
    responses[std::to_string(status)] = std::move(response);
  }
  return responses;
}

json::object operation_of(const CallInfo& call) {
  json::object operation{{"summary", call.summary}};
  json::array parameters;
  for (const auto name : captures_of(call.pattern)) parameters.push_back(parameter(name, "path"));
  for (const auto name : call.parameters) parameters.push_back(parameter(name, "query"));
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  if (call.pattern == "/v1/queues/{queue}/jobs") {
    operation["requestBody"] = json::object{{"content", content("*/*")}};
  } else if (call.pattern == "/v1/jobs:batch") {
    operation["requestBody"] =
        json::object{{"required", true}, {"content", content("application/x-ndjson")}};
  }
  operation["responses"] = responses_of(call);
  return operation;
}

}  // namespace

std::string openapi_document(const std::vector<CallInfo>& calls) {
  json::object paths;
  for (const CallInfo& call : calls) {
    if (!paths.contains(call.pattern)) paths[call.pattern] = json::object();
    paths[call.pattern].as_object()[lower_case(call.method)] = operation_of(call);
  }
  return json::serialize(
      json::object{{"openapi", "3.1.0"},
                   {"info", json::object{{"title", "Steelyard"}, {"version", STEELYARD_VERSION}}},
                   {"paths", std::move(paths)}});
}

}  // namespace steelyard::gateway
