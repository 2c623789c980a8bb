#include <array>

#include "steelyard/gateway/metrics/figures.hpp"

/// Of the gateway's own side.
namespace steelyard::gateway {

void add_http_metrics(Families& families, const GatewayFigures& figures) {
  const http::ServerStats& http = figures.http;
  const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
  families.counter("http_connections_total", "Connections that were accepted")
      .add(count(http.connections));
  families.counter("http_connections_refused_total", "Connections over the limit")
      .add(count(http.refused));
  families.gauge("http_connections_open", "Connections that are open")
      .add(count(http.open_connections));
  families.counter("http_requests_total", "Requests that were taken").add(count(http.requests));
  auto responses = families.counter("http_responses_total", "Responses, by class of status");
  constexpr std::array<std::string_view, 5> kClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 1; i < kClasses.size(); ++i) {
    responses.add(count(http.answers[i]), {{"class", kClasses[i]}});
  }
  families.counter("http_requests_malformed_total", "Requests refused for what they were")
      .add(count(http.malformed));
  families.counter("http_connections_timed_out_total", "Connections whose client was too slow")
      .add(count(http.timed_out));
  families.counter("http_clients_gone_total", "Requests whose client did not wait")
      .add(count(http.gone));
  families.gauge("http_requests_unanswered", "Requests that are not answered yet")
      .add(count(http.unanswered));
  families.gauge("http_requests_in_flight", "Of these, the ones that max_in_flight counts")
      .add(count(figures.in_flight));
  auto given_up =
      families.counter("http_jobs_given_up_total", "Jobs of routes that were given up, by why");
  given_up.add(count(figures.jobs_gone), {{"why", "client_gone"}});
  given_up.add(count(figures.jobs_timed_out), {{"why", "timed_out"}});
}

}  // namespace steelyard::gateway
