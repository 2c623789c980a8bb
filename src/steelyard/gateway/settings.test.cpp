#include "steelyard/gateway/settings.hpp"

namespace steelyard::gateway {
namespace {

std::string read(std::string_view text, GatewayOptions& options) {
  config::Document document = config::parse(text);
  {
    config::Section all(document.root, "gateway", document.mistakes);
    read_settings(all, options);
  }
  return config::describe("f", document.mistakes);
}

TEST(GatewaySettings, of_every_kind_are_read) {
  GatewayOptions options;
  EXPECT_EQ(read(R"({
    "http": "127.0.0.1:0", "broker": "tcp://127.0.0.1:1", "insecure": true, "threads": 2,
    "max_header_bytes": 2000, "max_body_bytes": 0, "max_connections": 3,
    "max_pipelined_requests": 4, "header_timeout_s": 1, "body_timeout_s": 2,
    "idle_timeout_s": 3.5, "first_request_timeout_s": 0.5, "write_timeout_s": 4,
    "max_in_flight": 5, "request_timeout_s": 6,
    "drain_s": 7, "access_log": "-", "allow_hosts": ["balance.example"],
    "cors": {"allow_origins": ["*"], "allow_methods": ["GET"], "allow_headers": [], "max_age_s": 8},
    "health": {"path": "/alive", "answer": "yes"},
    "routes": [
      {"path": "/{model}/is_prime", "queue": "parse", "methods": ["GET"],
       "user": {"header": "X-User"},
       "priority": 9, "state": {"path": "model"}, "time_out_s": {"query": "time_out_s"},
       "tags": ["gpu"], "content_type": "text/plain", "show_error_text": true},
      {"path": "/b", "queue": "b", "user": "ann", "time_out_s": 0.5, "priority": {"query": "p"}}
    ]
  })",
                 options),
            "");
  EXPECT_EQ(options.http.listen, "127.0.0.1:0");
  EXPECT_EQ(options.http.max_body_bytes, 0U);
  EXPECT_EQ(options.http.idle_timeout, std::chrono::milliseconds(3'500));
  EXPECT_EQ(options.http.first_request_timeout, std::chrono::milliseconds(500));
  EXPECT_EQ(options.max_in_flight, 5U);
  EXPECT_EQ(options.request_timeout, std::chrono::seconds(6));
  EXPECT_EQ(options.drain, std::chrono::seconds(7));
  EXPECT_EQ(options.allow_hosts, std::vector<std::string>{"balance.example"});
  EXPECT_EQ(options.cors.max_age, std::chrono::seconds(8));
  EXPECT_EQ(options.health.answer, "yes");
  ASSERT_EQ(options.routes.size(), 2U);
  const RouteOptions& route = options.routes[0];
  EXPECT_EQ(route.user.from, ValueSource::From::Header);
  EXPECT_EQ(route.user.text, "X-User");
  EXPECT_EQ(route.priority.from, ValueSource::From::Fixed);
  EXPECT_EQ(route.priority.text, "9");
  EXPECT_EQ(route.state.from, ValueSource::From::Path);
  EXPECT_EQ(route.time_out_s.from, ValueSource::From::Query);
  EXPECT_EQ(options.routes[1].time_out_s.text, "0.5");
  EXPECT_EQ(options.routes[1].priority.from, ValueSource::From::Query);
}

TEST(GatewaySettings, that_are_wrong_are_all_named) {
  GatewayOptions options;
  EXPECT_EQ(read(R"({"treads": 2, "allow_hosts": ["A:80"], "routes": [
  {"queue": "a b"},
  {"path": "/", "queue": "q", "user": {"header": "a", "query": "b"}},
  {"path": "/2", "queue": "q", "user": {}},
  {"path": "/3", "queue": "q", "user": {"headr": "a"}},
  {"path": "/4", "queue": "q", "user": 7, "priority": 1.5, "time_out_s": 0},
  {"path": "/{model}", "queue": "q", "state": {"path": "modell"}}]})",
                 options),
            "f:1:2: gateway.treads: there is no such setting, did you mean 'threads'?\n"
            "f:1:31: gateway.allow_hosts[0]: must be the name of a host in small letters, without "
            "a port, or \"*\" for any\n"
            "f:2:3: gateway.routes[0]: 'path' is missing\n"
            "f:2:13: gateway.routes[0].queue: must be a name: 1 to 200 of the characters A-Z a-z "
            "0-9 . _ : / @ - without a dash in front\n"
            "f:3:64: gateway.routes[1].user.query: is one place too many\n"
            "f:4:40: gateway.routes[2].user: must say header, query or path\n"
            "f:5:40: gateway.routes[3].user: must say header, query or path\n"
            "f:5:41: gateway.routes[3].user.headr: there is no such setting\n"
            "f:6:40: gateway.routes[4].user: must be a value, {\"header\":NAME}, "
            "{\"query\":NAME} or {\"path\":NAME}\n"
            "f:6:55: gateway.routes[4].priority: must be a whole number from -2147483648 to "
            "2147483647\n"
            "f:6:74: gateway.routes[4].time_out_s: must be a number from 0.001 to 86400\n"
            "f:7:56: gateway.routes[5].state.path: is no part of the route's path, which would "
            "have {modell}\n");
}

TEST(GatewaySettings, routes_that_cannot_be_served_are_named) {
  GatewayOptions options;
  EXPECT_EQ(read(R"({"routes": [
  {"path": "x", "queue": "q"},
  {"path": "/a/{x", "queue": "q"},
  {"path": "/a", "queue": "q", "methods": ["GET"]},
  {"path": "/a", "queue": "q", "methods": ["POST"]},
  {"path": "/a", "queue": "q"},
  {"path": "/b", "queue": "q", "methods": ["get"]},
  {"path": "/v1/x", "queue": "q"},
  {"path": "/healthz", "queue": "q"}]})",
                 options),
            "f:2:12: gateway.routes[0].path: pattern 'x': 'x' does not begin with a slash\n"
            "f:3:12: gateway.routes[1].path: pattern '/a/{x': '{x' is not {name}, {name}:verb or "
            "{name*}\n"
            "f:6:12: gateway.routes[4].path: pattern '/a' is there already for such a method\n"
            "f:7:12: gateway.routes[5].path: 'get' is no method: a word in capitals, such as GET "
            "or POST\n"
            "f:8:12: gateway.routes[6].path: /v1/x is taken; /openapi.json, /metrics and what "
            "is under /v1 and /monitor are built in\n"
            "f:9:12: gateway.routes[7].path: pattern '/healthz' is there already for such a "
            "method\n");
}

TEST(GatewaySettings, a_place_for_health_that_is_taken_is_named) {
  GatewayOptions options;
  EXPECT_EQ(read(R"({"health": {"path": "/v1"}})", options),
            "f:1:12: gateway.health: /v1 is taken; /openapi.json, /metrics and what is under /v1 "
            "and /monitor are built in\n");
}

}  // namespace
}  // namespace steelyard::gateway
