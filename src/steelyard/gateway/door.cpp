#include "steelyard/gateway/door.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/gateway/counted_exchange.hpp"
#include "steelyard/gateway/monitor/announcement.hpp"
#include "steelyard/gateway/monitor/events.hpp"
#include "steelyard/gateway/monitor/page.hpp"
#include "steelyard/gateway/paths.hpp"
#include "steelyard/gateway/problem.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

namespace steelyard::gateway {
namespace {

std::set<std::string> queues_of(const GatewayOptions& options) {
  std::set<std::string> queues;
  for (const RouteOptions& route : options.routes) queues.insert(route.queue);
  return queues;
}

}  // namespace

Door::Door(boost::asio::io_context& thread, Lobby& lobby)
    : lobby_(lobby),
      link_(thread, lobby.options.broker),
      deadlines_(thread),
      tools_{link_, deadlines_, lobby.counters},
      readiness_(link_, queues_of(lobby.options)),
      api_(link_, {}, lobby.feeds) {
  for (EndpointEntry& entry : api_.endpoints()) {
    if (entry.may_wait) entry.call = limited(std::move(entry.call));
    add(std::move(entry));
  }
  add({lobby.options.health.path, {"GET"}, [this](auto, auto, const auto& exchange) {
         exchange->respond(
             {.content_type = "text/plain; charset=utf-8", .body = lobby_.options.health.answer});
       }});
  add({std::string(kReadyPath), {"GET"}, [this](auto, auto, auto exchange) {
         readiness_.answer(lobby_.draining, std::move(exchange));
       }});
  for (const RouteOptions& one : lobby.options.routes) {
    add({one.path, one.methods, [this, &one](auto request, auto captures, auto exchange) {
           route(one, request, captures, std::move(exchange));
         }});
  }
  add_monitor();
  if (!lobby.is_watched.exchange(true)) {
    watch_.emplace(thread, link_, lobby.board,
                   [this, name = name_of_gateway(zmq_runtime::host_name(), lobby.address)] {
                     link_.announce(name, announcement_of(lobby_.address, lobby_.figures()));
                   });
  }
}

void Door::add_monitor() {
  for (EndpointEntry& entry : monitor_endpoints(lobby_.board, lobby_.guard.is_loopback())) {
    add(std::move(entry));
  }
  add(metrics_endpoint(lobby_.metrics, lobby_.board, [this] { return lobby_.figures(); }));
  // Where the routes have a page of their own, the monitor is at its other address only.
  const bool has_root = std::holds_alternative<RouteTable::Match>(table_.match("GET", "/"));
  for (EndpointEntry& entry : page_endpoints()) {
    if (entry.pattern != "/" || !has_root) add(std::move(entry));
  }
}

void Door::add(EndpointEntry entry) {
  const auto target = static_cast<RouteTable::Target>(endpoints_.size());
  const auto added = table_.add(entry.pattern, entry.methods, target, entry.slashes);
  STEELYARD_ASSERT(added.has_value());
  endpoints_.push_back(std::move(entry.call));
}

Endpoint Door::limited(Endpoint call) {
  return [this, call = std::move(call)](auto request, auto captures, auto exchange) {
    if (!has_room(*exchange)) return;
    call(std::move(request), std::move(captures),
         std::make_shared<CountedExchange>(lobby_.counters.in_flight, std::move(exchange)));
  };
}

bool Door::has_room(http::Exchange& exchange) const {
  const std::uint32_t most = lobby_.options.max_in_flight;
  if (lobby_.counters.in_flight.load(std::memory_order_relaxed) < most) return true;
  exchange.respond(to_response(
      Problem{.status = 503,
              .code = "too_many_requests_in_flight",
              .detail = fmt::format("{} requests are being worked on, which is the limit", most),
              .retry_after = std::chrono::seconds(1)}));
  return false;
}

void Door::handle(http::Request request, std::shared_ptr<http::Exchange> exchange) {
  if (lobby_.cors.applies_to(request) && Cors::is_preflight(request)) {
    return exchange->respond(lobby_.cors.preflight_answer(request));
  }
  if (lobby_.cors.is_on()) exchange = lobby_.cors.allowing(request, std::move(exchange));
  if (const auto objection = lobby_.guard.objection_to(request)) {
    return exchange->respond(to_response(*objection));
  }
  auto found = table_.match(request.method(), request.path());
  if (auto* match = std::get_if<RouteTable::Match>(&found)) {
    endpoints_[match->target](std::move(request), std::move(match->captures), std::move(exchange));
  } else if (const auto* refused = std::get_if<RouteTable::MethodNotAllowed>(&found)) {
    refuse_method(request, refused->allow, *exchange);
  } else {
    exchange->respond(to_response(Problem{
        .status = 404,
        .code = "not_found",
        .detail = fmt::format("nothing is at {}", printable(request.path().substr(0, 200)))}));
  }
}

void Door::refuse_method(const http::Request& request, const std::string& allow,
                         http::Exchange& exchange) {
  if (request.method() == "OPTIONS") {
    return exchange.respond({.status = 204, .headers = {{"Allow", allow + ", OPTIONS"}}});
  }
  http::Response response = to_response(Problem{
      .status = 405,
      .code = "method_not_allowed",
      .detail =
          fmt::format("{} is not for {}; what is: {}", printable(request.path().substr(0, 200)),
                      printable(request.method().substr(0, 100)), allow)});
  response.headers.push_back({"Allow", allow});
  exchange.respond(std::move(response));
}

void Door::route(const RouteOptions& route, http::Request& request,
                 const RouteTable::Captures& captures, std::shared_ptr<http::Exchange> exchange) {
  if (!has_room(*exchange)) return;
  auto job = to_job(route, request, captures);
  if (!job) return exchange->respond(to_response(route, job.error()));
  if (!job->time_out && lobby_.options.request_timeout.count() > 0) {
    job->time_out = lobby_.options.request_timeout;
  }
  RoutedRequest::begin(std::make_shared<RoutedRequest>(route, tools_, std::move(exchange)),
                       std::move(*job));
}

}  // namespace steelyard::gateway
