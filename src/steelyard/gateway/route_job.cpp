#include "steelyard/gateway/route_job.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/api/content_type.hpp"
#include "steelyard/gateway/percent.hpp"
#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::size_t kMaxParameters = 1'000;
constexpr double kMaxTimeOut_s = 86'400;

/// The decoded parameters of a query; what is encoded wrongly stands as it was sent.
HttpFields parameters_of(std::string_view query) {
  HttpFields parameters;
  while (!query.empty() && parameters.size() < kMaxParameters) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string_view name = one.substr(0, equals);
    const std::string_view value = one.substr(std::min(equals + 1, one.size()));
    parameters.emplace_back(percent_decoded(name, true).value_or(std::string(name)),
                            percent_decoded(value, true).value_or(std::string(value)));
  }
  return parameters;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

HttpFields headers_of(const http::Request& request) {
  HttpFields headers;
  request.each_header([&headers](std::string_view name, std::string_view value) {
    std::string small = lowered(name);
    const auto known = std::ranges::find(headers, small, &HttpFields::value_type::first);
    if (known == headers.end()) {
      headers.emplace_back(std::move(small), value);
    } else {
      known->second.append(small == "cookie" ? "; " : ", ").append(value);
    }
  });
  return headers;
}

HttpRequest described(const http::Request& request, const RouteTable::Captures& captures) {
  HttpRequest description;
  description.method = request.method();
  description.path = request.path();
  description.query = request.query();
  description.parameters = parameters_of(request.query());
  description.captures.assign(captures.begin(), captures.end());
  description.headers = headers_of(request);
  description.peer = request.peer();
  return description;
}

/// What the request gives for it; nothing when that is missing or empty.
std::optional<std::string_view> value_of(const ValueSource& source, const HttpRequest& request) {
  std::optional<std::string_view> value;
  switch (source.from) {
    case ValueSource::From::Nowhere:
      break;
    case ValueSource::From::Fixed:
      value = source.text;
      break;
    case ValueSource::From::Header:
      value = request.header(source.text);
      break;
    case ValueSource::From::Query:
      value = request.parameter(source.text);
      break;
    case ValueSource::From::Path:
      value = request.capture(source.text);
      break;
  }
  if (value && value->empty()) value.reset();
  return value;
}

std::string_view kind_of(const ValueSource& source) {
  if (source.from == ValueSource::From::Header) return "header";
  return source.from == ValueSource::From::Query ? "query parameter" : "part of the path";
}

tl::unexpected<Error> wrong(const ValueSource& source, std::string_view value,
                            std::string_view expected) {
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("the {} '{}' is '{}', which is not {}", kind_of(source), source.text,
                             printable(value.substr(0, 100)), expected));
}

Result<void> read_name(const ValueSource& source, const HttpRequest& request, std::string& name) {
  const auto value = value_of(source, request);
  if (!value) return {};
  if (!is_valid_name(*value)) {
    return wrong(source, *value, "a name: 1 to 200 of A-Z a-z 0-9 . _ : / @ -, no leading dash");
  }
  name = *value;
  return {};
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<void> read_priority(const ValueSource& source, const HttpRequest& request,
                           std::int32_t& priority) {
  const auto value = value_of(source, request);
  if (!value) return {};
  const auto number = number_of<std::int32_t>(*value);
  if (!number) return wrong(source, *value, "a whole number of 32 bits");
  priority = *number;
  return {};
}

Result<void> read_time_out(const ValueSource& source, const HttpRequest& request, RouteJob& job) {
  const auto value = value_of(source, request);
  if (!value) return {};
  const auto seconds = number_of<double>(*value);
  if (!seconds || !std::isfinite(*seconds) || *seconds <= 0 || *seconds > kMaxTimeOut_s) {
    return wrong(source, *value, "a number of seconds above 0, at most 86400");
  }
  job.time_out = std::chrono::milliseconds(std::max(1L, std::lround(*seconds * 1'000)));
  return {};
}

std::vector<http::Header> headers_of(HttpAnswer& answer) {
  std::vector<http::Header> headers;
  headers.reserve(answer.headers.size());
  for (auto& [name, value] : answer.headers) headers.push_back({std::move(name), std::move(value)});
  return headers;
}

bool has_no_body(unsigned status) {
  return status == 204 || status == 205 || status == 304;
}

}  // namespace

Result<RouteJob> to_job(const RouteOptions& route, http::Request& request,
                        const RouteTable::Captures& captures) {
  const HttpRequest description = described(request, captures);
  RouteJob job;
  RemoteJobOptions& options = job.job.options;
  auto read =
      read_name(route.user, description, options.user)
          .and_then([&] { return read_name(route.state, description, options.state); })
          .and_then([&] { return read_priority(route.priority, description, options.priority); })
          .and_then([&] { return read_time_out(route.time_out_s, description, job); });
  if (!read) return tl::unexpected(read.error());
  options.tags = route.tags;
  job.job.queue = route.queue;
  job.job.payload = pack_parts({http_request_head(description), request.body()});
  return job;
}

http::Response to_response(const RouteOptions& route, std::string_view result) {
  auto answer = read_http_answer(result);
  if (!answer) {
    return to_response(Problem{.status = 502,
                               .code = "wrong_answer",
                               .detail = fmt::format("the answer of queue '{}' cannot be used: {}",
                                                     route.queue, answer.error().context)});
  }
  http::Response response{.status = answer->status, .body = std::string(answer->body)};
  if (answer->content_type) {
    response.content_type = std::move(*answer->content_type);
  } else if (!has_no_body(answer->status)) {
    response.content_type =
        route.content_type.empty() ? content_type_of(answer->body) : route.content_type;
  }
  response.headers = headers_of(*answer);
  return response;
}

http::Response to_response(const RouteOptions& route, const Error& error) {
  return to_response(problem_of(error, route.show_error_text));
}

}  // namespace steelyard::gateway
