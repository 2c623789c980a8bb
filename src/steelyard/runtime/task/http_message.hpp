#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"

/// HTTP requests as jobs, for work functions behind a route of the gateway.
///
/// A request travels as a payload of two parts: a line of JSON with `method`, `path`, `query`,
/// `parameters`, `captures`, `headers` and `peer`, and the body. An answer is a result: as it is,
/// with status 200, or of two parts, a JSON object with `status`, `content_type` and `headers`, of
/// which each may be missing, and the body. See docs/http.md#routes.
namespace steelyard {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// A request as a work function sees it. Text that is not UTF-8 has '?' in place of such bytes,
/// except the body, which is as it came.
struct HttpRequest {
  std::string method;       ///< "GET"
  std::string path;         ///< as it was sent: percent-encoded
  std::string query;        ///< after the '?', as it was sent
  HttpFields parameters{};  ///< of the query, decoded
  HttpFields captures{};    ///< parts of the path that the route has names for, decoded
  HttpFields headers{};     ///< names in small letters; those of one name are joined by ", "
  std::string peer{};       ///< the client's address, "127.0.0.1:51234"
  std::string body{};

  /// The first of this name; headers in whatever case it is written.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> capture(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// Reads what the gateway has handed in. Errors: Malformed, saying what is missing.
[[nodiscard]] Result<HttpRequest> read_http_request(std::string_view payload);

/// A result that says more than a body. Requires: what `read_http_answer` does not refuse; the
/// gateway answers 502 in its place.
[[nodiscard]] std::string http_answer(unsigned status, std::string_view content_type,
                                      std::string_view body, const HttpFields& headers = {});

/// For the gateway: the line of JSON of a request, whose body is left out.
[[nodiscard]] std::string http_request_head(const HttpRequest& request);

/// For the gateway: what a result says.
struct HttpAnswer {
  unsigned status = 200;
  std::optional<std::string> content_type{};  ///< nothing: it did not say
  HttpFields headers{};
  std::string_view body{};  ///< in the result
};

/// Errors: Malformed, for parts that are none, an unknown member, a status outside 200 to 599, one
/// without a body that has one, a header with a control character or that is for the server to say
/// (`Connection`, `Content-Length`, …).
[[nodiscard]] Result<HttpAnswer> read_http_answer(std::string_view result);

}  // namespace steelyard
