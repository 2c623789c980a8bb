#include "steelyard/gateway/cors.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace steelyard::gateway {
namespace {

/// What a page may see besides what every answer has.
constexpr const char* kExposed = "Location, Retry-After, Steelyard-Job";

/// Adds headers to whatever is answered.
class AllowingExchange final : public http::Exchange {
 public:
  AllowingExchange(std::shared_ptr<http::Exchange> exchange, std::vector<http::Header> headers)
      : exchange_(std::move(exchange)), headers_(std::move(headers)) {}

  void respond(http::Response response) override { exchange_->respond(with(std::move(response))); }
  void begin_stream(http::Response head) override {
    exchange_->begin_stream(with(std::move(head)));
  }
  void send(std::string bytes) override { exchange_->send(std::move(bytes)); }
  void end() override { exchange_->end(); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return exchange_->unsent_bytes(); }
  void when_unsent_at_most(std::size_t bytes, std::function<void()> drained) override {
    exchange_->when_unsent_at_most(bytes, std::move(drained));
  }
  void when_gone(std::function<void()> gone) override { exchange_->when_gone(std::move(gone)); }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return exchange_->executor(); }

 private:
  http::Response with(http::Response response) {
    std::ranges::move(headers_, std::back_inserter(response.headers));
    return response;
  }

  std::shared_ptr<http::Exchange> exchange_;
  std::vector<http::Header> headers_;
};

}  // namespace

Cors::Cors(const CorsOptions& options)
    : origins_(options.allow_origins),
      any_origin_(std::ranges::find(origins_, "*") != origins_.end()),
      methods_(fmt::format("{}", fmt::join(options.allow_methods, ", "))),
      headers_(fmt::format("{}", fmt::join(options.allow_headers, ", "))),
      max_age_s_(std::to_string(options.max_age.count())) {}

bool Cors::applies_to(const http::Request& request) const {
  if (origins_.empty()) return false;
  const auto origin = request.header("Origin");
  return origin && (any_origin_ || std::ranges::find(origins_, *origin) != origins_.end());
}

bool Cors::is_preflight(const http::Request& request) {
  return request.method() == "OPTIONS" && request.header("Access-Control-Request-Method");
}

std::vector<http::Header> Cors::headers_for(const http::Request& request) const {
  std::vector<http::Header> headers;
  // Who asks decides about the answer, also of those who are not allowed to read it.
  if (!any_origin_) headers.push_back({"Vary", "Origin"});
  if (!applies_to(request)) return headers;
  const auto origin = any_origin_ ? std::string_view("*") : *request.header("Origin");
  headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  return headers;
}

http::Response Cors::preflight_answer(const http::Request& request) const {
  http::Response response{.status = 204, .headers = headers_for(request)};
  response.headers.push_back({"Access-Control-Allow-Methods", methods_});
  if (!headers_.empty()) response.headers.push_back({"Access-Control-Allow-Headers", headers_});
  response.headers.push_back({"Access-Control-Max-Age", max_age_s_});
  return response;
}

std::shared_ptr<http::Exchange> Cors::allowing(const http::Request& request,
                                               std::shared_ptr<http::Exchange> exchange) const {
  std::vector<http::Header> headers = headers_for(request);
  if (applies_to(request)) headers.push_back({"Access-Control-Expose-Headers", kExposed});
  return std::make_shared<AllowingExchange>(std::move(exchange), std::move(headers));
}

}  // namespace steelyard::gateway
