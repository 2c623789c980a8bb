#include "steelyard/gateway/readiness.hpp"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kFresh{1};
constexpr std::size_t kMaxWaiting = 1'000;
constexpr std::chrono::seconds kRetryAfter{1};

std::uint64_t count_in(const json::object& report, std::string_view field) {
  const json::value* const value = report.if_contains(field);
  boost::system::error_code error;
  return value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
}

/// Of the wanted queues those that have no worker, in order. Of one that the report had no room for
/// that cannot be said.
std::vector<std::string> unserved(std::set<std::string> wanted, std::string_view report) {
  boost::system::error_code error;
  const json::value parsed = json::parse(report, error);
  const json::object* const whole = error ? nullptr : parsed.if_object();
  const json::value* const rows = whole == nullptr ? nullptr : whole->if_contains("rows");
  std::vector<std::string> without_worker;
  if (rows != nullptr && rows->is_array()) {
    for (const json::value& row : rows->get_array()) {
      const json::object* const queue = row.if_object();
      const json::value* const name = queue == nullptr ? nullptr : queue->if_contains("queue");
      if (name == nullptr || !name->is_string()) continue;
      const bool is_wanted = wanted.erase(std::string(name->get_string())) > 0;
      if (is_wanted && count_in(*queue, "workers") == 0) {
        without_worker.emplace_back(name->get_string());
      }
    }
  }
  if (whole == nullptr || count_in(*whole, "rows_omitted") == 0) {
    without_worker.insert(without_worker.end(), wanted.begin(), wanted.end());
  }
  return without_worker;
}

}  // namespace

void Readiness::answer(bool draining, std::shared_ptr<http::Exchange> exchange) {
  if (draining) return respond(*exchange, {"draining: other gateways take the requests"});
  if (!link_.is_connected()) return respond(*exchange, {"no broker"});
  if (queues_.empty() || Clock::now() < fresh_until_) return respond(*exchange, reasons_);
  if (waiting_.size() == kMaxWaiting) return respond(*exchange, {"too many ask"});
  waiting_.push_back(std::move(exchange));
  if (!asking_) ask();
}

void Readiness::ask() {
  asking_ = true;
  link_.query("queues", [this](const Result<std::string>& report) { take(report); });
}

void Readiness::take(const Result<std::string>& report) {
  asking_ = false;
  reasons_.clear();
  if (!report) {
    reasons_.push_back(describe(report.error()));
  } else {
    for (const std::string& queue : unserved(queues_, *report)) {
      reasons_.push_back(fmt::format("queue '{}' has no worker", queue));
    }
  }
  fresh_until_ = Clock::now() + kFresh;
  for (const auto& exchange : std::exchange(waiting_, {})) respond(*exchange, reasons_);
}

void Readiness::respond(http::Exchange& exchange, const std::vector<std::string>& reasons) {
  json::object body{{"ready", reasons.empty()}};
  if (!reasons.empty()) body["reasons"] = json::array(reasons.begin(), reasons.end());
  http::Response response{.status = reasons.empty() ? 200U : 503U,
                          .content_type = "application/json",
                          .body = json::serialize(body) + "\n"};
  if (!reasons.empty()) {
    response.headers.push_back({"Retry-After", std::to_string(kRetryAfter.count())});
  }
  exchange.respond(std::move(response));
}

}  // namespace steelyard::gateway
