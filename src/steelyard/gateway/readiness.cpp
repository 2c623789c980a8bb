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

/// The queues of the report that have a worker.
std::set<std::string> served_queues(std::string_view report) {
  std::set<std::string> served;
  boost::system::error_code error;
  const json::value parsed = json::parse(report, error);
  if (error || !parsed.is_object()) return served;
  const json::value* rows = parsed.get_object().if_contains("rows");
  if (rows == nullptr || !rows->is_array()) return served;
  for (const json::value& row : rows->get_array()) {
    const json::object* queue = row.if_object();
    if (queue == nullptr || !queue->contains("queue") || !queue->contains("workers")) continue;
    const json::value& workers = queue->at("workers");
    const bool has_some = workers.is_number() && workers.to_number<double>() > 0;
    if (has_some && queue->at("queue").is_string()) {
      served.emplace(queue->at("queue").get_string());
    }
  }
  return served;
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
    const std::set<std::string> served = served_queues(*report);
    for (const std::string& queue : queues_) {
      if (!served.contains(queue))
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
