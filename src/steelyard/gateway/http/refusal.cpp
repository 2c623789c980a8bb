#include "steelyard/gateway/http/refusal.hpp"

#include <boost/beast/http/status.hpp>

namespace steelyard::http {

std::string_view reason_phrase(unsigned status) {
  namespace beast_http = boost::beast::http;
  if (beast_http::int_to_status(status) == beast_http::status::unknown) return {};
  return beast_http::obsolete_reason(beast_http::int_to_status(status));
}

Response to_response(const Refusal& refusal) {
  Response response;
  response.status = refusal.status;
  response.content_type = "application/problem+json";
  // Code and detail are words of this room: there is nothing to escape.
  response.body = R"({"type":"urn:steelyard:problem:)" + std::string(refusal.code) +
                  R"(","title":")" + std::string(reason_phrase(refusal.status)) + R"(","status":)" +
                  std::to_string(refusal.status) + R"(,"detail":")" + refusal.detail +
                  R"(","code":")" + refusal.code + "\"}\n";
  if (refusal.status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace steelyard::http
