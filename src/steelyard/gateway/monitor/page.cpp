#include "steelyard/gateway/monitor/page.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/page/page_file.hpp"
#include "steelyard/gateway/paths.hpp"
#include "steelyard/gateway/problem.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PageFile* find_file(std::string_view name) {
  const auto files = page_files();
  const auto found = std::ranges::find(files, name, &PageFile::name);
  return found == files.end() ? nullptr : &*found;
}

/// Whether the browser has these bytes. Tags may be weak, and several (RFC 9110, 13.1.2).
bool is_known(const http::Request& request, std::string_view tag) {
  const auto known = request.header("If-None-Match");
  return known && (*known == "*" || known->find(tag) != std::string_view::npos);
}

void deliver(const PageFile& file, const http::Request& request, http::Exchange& exchange) {
  http::Response response{.content_type = std::string(file.content_type)};
  response.headers = {{"ETag", std::string(file.tag)},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  if (is_known(request, file.tag)) {
    response.status = 304;
  } else {
    response.body = file.bytes;
  }
  exchange.respond(std::move(response));
}

void deliver_page(const http::Request& request, const RouteTable::Captures&,
                  const std::shared_ptr<http::Exchange>& exchange) {
  const PageFile* page = find_file("index.html");
  STEELYARD_ASSERT(page != nullptr);
  deliver(*page, request, *exchange);
}

void deliver_asset(const http::Request& request, const RouteTable::Captures& captures,
                   const std::shared_ptr<http::Exchange>& exchange) {
  const std::string& name = captures.front().second;
  if (const PageFile* file = find_file(name)) return deliver(*file, request, *exchange);
  exchange->respond(to_response(
      Problem{.status = 404,
              .code = "not_found",
              .detail = "the page has no file '" + printable(name.substr(0, 200)) + "'"}));
}

}  // namespace

std::vector<EndpointEntry> page_endpoints() {
  const std::vector<std::string> get{"GET"};
  return {{"/", get, deliver_page},
          {std::string(kMonitorPath), get, deliver_page},
          {std::string(kMonitorPath) + "/assets/{name}", get, deliver_asset}};
}

}  // namespace steelyard::gateway
