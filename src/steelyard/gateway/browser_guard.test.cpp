#include "steelyard/gateway/browser_guard.hpp"

#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct BrowserGuardTest : testing::Test {
  /// The status that a request is refused with; 0: it may go on.
  unsigned status(std::string method, std::string path, const Headers& headers) {
    http::Request::Message message;
    message.method_string(method);
    message.target(path);
    for (const auto& [name, value] : headers) message.set(name, value);
    const Cors cors(options.cors);
    const BrowserGuard guard(options, cors);
    const auto problem = guard.objection_to(http::Request(std::move(message), "127.0.0.1:1"));
    return problem ? problem->status : 0;
  }
  unsigned status_of_change(const Headers& headers) {
    return status("POST", "/v1/workers/w:drain", headers);
  }

  GatewayOptions options;
};

TEST_F(BrowserGuardTest, knows_the_names_of_this_machine) {
  for (const auto* host : {"localhost", "LocalHost:80", "a.localhost", "127.0.0.1:7480",
                           "127.1.2.3", "[::1]", "[::1]:7480"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const auto* host : {"", "example.org", "localhost.example.org", "127.0.0.1.example.org",
                           "127.example.org", "notlocalhost", "[::2]:80", "10.0.0.1", "::1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

TEST_F(BrowserGuardTest, lets_programs_do_what_they_want) {
  EXPECT_EQ(status_of_change({}), 0U);
  EXPECT_EQ(status_of_change({{"Host", "127.0.0.1:7480"}}), 0U);
}

TEST_F(BrowserGuardTest, lets_its_own_page_change_something) {
  EXPECT_EQ(status_of_change({{"Host", "localhost:7480"}, {"Sec-Fetch-Site", "same-origin"}}), 0U);
  EXPECT_EQ(status_of_change({{"Host", "localhost:7480"}, {"Origin", "http://localhost:7480"}}),
            0U);
}

TEST_F(BrowserGuardTest, refuses_what_the_page_of_another_origin_would_change) {
  const std::pair<std::string, std::string> host{"Host", "localhost:7480"};
  EXPECT_EQ(status_of_change({host, {"Sec-Fetch-Site", "cross-site"}}), 403U);
  EXPECT_EQ(status_of_change({host, {"Sec-Fetch-Site", "same-site"}}), 403U);
  EXPECT_EQ(status_of_change({host, {"Origin", "http://localhost:8000"}}), 403U);
  EXPECT_EQ(status_of_change({host, {"Origin", "null"}}), 403U);
  EXPECT_EQ(status("DELETE", "/v1/jobs/0123456789abcdef-1", {{"Origin", "http://evil.example"}}),
            403U);
  EXPECT_EQ(status("POST", "/%761/workers/w:drain", {host, {"Sec-Fetch-Site", "cross-site"}}),
            403U);
  EXPECT_EQ(status("POST", "/v1/queues/a%2Fb/jobs", {host, {"Sec-Fetch-Site", "cross-site"}}),
            403U);
  EXPECT_EQ(status("GET", "/v1/stats", {host, {"Sec-Fetch-Site", "cross-site"}}), 0U);
  EXPECT_EQ(status("POST", "/a/route", {host, {"Sec-Fetch-Site", "cross-site"}}), 0U);
}

TEST_F(BrowserGuardTest, lets_an_origin_that_cors_allows_change_something) {
  options.cors.allow_origins = {"https://example.org"};
  EXPECT_EQ(status_of_change({{"Origin", "https://example.org"}, {"Sec-Fetch-Site", "cross-site"}}),
            0U);
  EXPECT_EQ(
      status_of_change({{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}),
      403U);
}

TEST_F(BrowserGuardTest, refuses_another_hosts_name_while_it_listens_on_loopback) {
  const Headers rebound{{"Host", "evil.example:7480"}, {"Sec-Fetch-Site", "same-origin"}};
  EXPECT_EQ(status_of_change(rebound), 421U);
  for (const auto* path : {"/", "/monitor", "/monitor/events", "/monitor/assets/app.js"}) {
    EXPECT_EQ(status("GET", path, rebound), 421U) << path;
  }
  EXPECT_EQ(status("GET", "/v1/jobs", rebound), 421U);
  EXPECT_EQ(status("GET", "/%6donitor/events", rebound), 421U);
  EXPECT_EQ(status("GET", "/monitored", rebound), 0U);
  EXPECT_EQ(status("GET", "/metrics", rebound), 0U);
}

TEST_F(BrowserGuardTest, answers_to_the_names_that_it_was_given) {
  options.allow_hosts = {"balance.example"};
  EXPECT_EQ(status("GET", "/", {{"Host", "Balance.example:80"}}), 0U);
  EXPECT_EQ(status("GET", "/", {{"Host", "evil.example"}}), 421U);
  options.allow_hosts = {"*"};
  EXPECT_EQ(status("GET", "/", {{"Host", "evil.example"}}), 0U);
}

TEST_F(BrowserGuardTest, answers_to_any_name_where_others_can_reach_it) {
  options.http.listen = "0.0.0.0:7480";
  EXPECT_EQ(status("GET", "/", {{"Host", "balance.example"}}), 0U);
  EXPECT_EQ(status_of_change({{"Host", "balance.example"}, {"Origin", "http://evil.example"}}),
            403U);
}

}  // namespace
}  // namespace steelyard::gateway
