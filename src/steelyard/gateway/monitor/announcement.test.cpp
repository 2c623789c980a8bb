#include "steelyard/gateway/monitor/announcement.hpp"

#include <gtest/gtest.h>

#include "steelyard/base/names.hpp"

namespace steelyard::gateway {
namespace {

TEST(GatewayAnnouncement, has_a_valid_name_whatever_the_machine_is_called) {
  EXPECT_EQ(name_of_gateway("balance-1", "127.0.0.1:7480"), "balance-1:7480");
  EXPECT_EQ(name_of_gateway("a b", "[::1]:80"), "a.b:80");
  EXPECT_EQ(name_of_gateway("", "[::1]:80"), ":80");
  EXPECT_EQ(name_of_gateway("-x", "here"), "gateway-x");
  EXPECT_TRUE(is_valid_name(name_of_gateway(std::string(1'000, 'a'), "127.0.0.1:65535")));
}

TEST(GatewayAnnouncement, says_where_it_listens_and_how_much_it_does) {
  GatewayFigures figures;
  figures.http.requests = 7;
  figures.http.open_connections = 3;
  figures.in_flight = 2;
  EXPECT_EQ(announcement_of("127.0.0.1:80", figures),
            R"({"address":"127.0.0.1:80","open_connections":3,"requests":7,"unanswered":0,)"
            R"("in_flight":2})");
}

}  // namespace
}  // namespace steelyard::gateway
