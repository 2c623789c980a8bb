#include "steelyard/gateway/route_table.hpp"

#include "steelyard/base/random.hpp"
#include "steelyard/gateway/route_table_model.test.hpp"

namespace steelyard::gateway {
namespace {

using testing::HasSubstr;

class RouteTableTest : public testing::Test {
 protected:
  void add(const std::string& pattern, const std::vector<std::string>& methods = {"GET"},
           RouteTable::Slashes slashes = RouteTable::Slashes::Refused) {
    const auto added = table_.add(pattern, methods, next_++, slashes);
    ASSERT_TRUE(added) << added.error().context;
  }
  std::string refused(const std::string& pattern, const std::vector<std::string>& methods = {}) {
    const auto added = table_.add(pattern, methods, 0);
    return added ? "taken" : describe(added.error());
  }
  std::string match(const std::string& path, const std::string& method = "GET") {
    return text_of(table_.match(method, path));
  }

  RouteTable table_;
  RouteTable::Target next_ = 1;
};

TEST_F(RouteTableTest, finds_literal_paths) {
  add("/");
  add("/v1/queues");
  EXPECT_EQ(match("/"), "1");
  EXPECT_EQ(match("/v1/queues"), "2");
  EXPECT_EQ(match("/v1/queues/"), "not found");
  EXPECT_EQ(match("/v1"), "not found");
  EXPECT_EQ(match("/v1//queues"), "not found");
  EXPECT_EQ(match(""), "not found");
  EXPECT_EQ(match("*"), "not found");
}

TEST_F(RouteTableTest, captures_decoded_segments) {
  add("/v1/queues/{queue}/jobs");
  add("/v1/workers/{name}:drain");
  add("/files/{path*}");
  EXPECT_EQ(match("/v1/queues/a%20b/jobs"), "1 queue=a b");
  EXPECT_EQ(match("/v1/queues//jobs"), "not found");
  EXPECT_EQ(match("/v1/workers/host:7:drain"), "2 name=host:7");
  EXPECT_EQ(match("/v1/workers/:drain"), "not found");
  EXPECT_EQ(match("/files/a//b%3f/"), "3 path=a//b?/");
  EXPECT_EQ(match("/files/"), "3 path=");
  EXPECT_EQ(match("/files"), "not found");
}

TEST_F(RouteTableTest, prefers_what_is_more_literal_whatever_was_added_first) {
  add("/{all*}");
  add("/a/{x}");
  add("/a/{x}:go");
  add("/a/{x}:let:go");
  add("/a/b");
  add("/{y}/b/c");
  EXPECT_EQ(match("/a/b"), "5");
  EXPECT_EQ(match("/a/b:go"), "3 x=b");
  EXPECT_EQ(match("/a/b:let:go"), "4 x=b");
  EXPECT_EQ(match("/a/c"), "2 x=c");
  EXPECT_EQ(match("/a/b/c"), "6 y=a");
  EXPECT_EQ(match("/a/b/d"), "1 all=a/b/d");
}

TEST_F(RouteTableTest, says_which_methods_a_path_has) {
  add("/job/{id}", {"GET"});
  add("/job/{number}", {"DELETE"});
  add("/job/{a*}", {"PUT", "POST"});
  add("/any", {});
  EXPECT_EQ(match("/job/1", "DELETE"), "2 number=1");
  EXPECT_EQ(match("/job/1", "PUT"), "3 a=1");
  EXPECT_EQ(match("/job/1", "PATCH"), "only DELETE, GET, HEAD, POST, PUT");
  EXPECT_EQ(match("/any", "BREW"), "4");
}

TEST_F(RouteTableTest, serves_head_by_what_serves_get) {
  add("/a", {"GET"});
  add("/b", {"GET"});
  add("/b", {"HEAD"});
  add("/c", {"POST"});
  EXPECT_EQ(match("/a", "HEAD"), "1");
  EXPECT_EQ(match("/b", "HEAD"), "3");
  EXPECT_EQ(match("/c", "HEAD"), "only POST");
}

TEST_F(RouteTableTest, lets_no_path_leave_its_place) {
  add("/files/{path*}");
  for (const char* path :
       {"/files/../x", "/files/%2e%2E/x", "/files/.%2e", "/files/./x", "/files/a%2Fb",
        "/files/a%00", "/files/%", "/files/%4", "/files/%zz", "/../files/x"}) {
    EXPECT_EQ(match(path), "not found") << path;
  }
  EXPECT_EQ(match("/files/..."), "1 path=...");
}

TEST_F(RouteTableTest, takes_encoded_slashes_of_names_only_where_it_is_told_to) {
  add("/v1/queues/{queue}/jobs", {"POST"}, RouteTable::Slashes::Taken);
  add("/v1/queues/{queue}/jobs", {"GET"});
  add("/{all*}", {"PUT"});
  EXPECT_EQ(match("/v1/queues/a%2Fb/jobs", "POST"), "1 queue=a/b");
  EXPECT_EQ(match("/v1/queues/a%2fb%2F../jobs", "POST"), "1 queue=a/b/..");
  EXPECT_EQ(match("/v1/queues/a%2Fb/jobs", "GET"), "only POST");
  EXPECT_EQ(match("/v1/queues/a%2Fb/jobs", "PUT"), "only POST");
  EXPECT_EQ(match("/v1%2Fqueues/a/jobs", "POST"), "not found");
  EXPECT_EQ(match("/v1/queues/..%2F/jobs%2F", "POST"), "not found");
  EXPECT_EQ(match("/v1/queues/a%2F%00/jobs", "POST"), "not found");
  EXPECT_EQ(match("/v1/queues/%2E%2E/jobs", "POST"), "not found");
}

TEST_F(RouteTableTest, names_what_is_wrong_with_a_pattern) {
  EXPECT_EQ(refused("jobs"),
            "invalid_argument: pattern 'jobs': 'jobs' does not begin with a slash");
  EXPECT_EQ(refused("/{a}/{a}"), "invalid_argument: pattern '/{a}/{a}': 'a' names two segments");
  EXPECT_THAT(refused("/{a*}/b"), HasSubstr("can only be the last"));
  EXPECT_THAT(refused("/{a"), HasSubstr("'{a' is not {name}, {name}:verb or {name*}"));
  EXPECT_THAT(refused("/{}"), HasSubstr("is not {name}"));
  EXPECT_THAT(refused("/{a}b"), HasSubstr("something after the name that is no :verb"));
  EXPECT_THAT(refused("/{a*}:go"), HasSubstr("no :verb"));
  EXPECT_THAT(refused("/a%20b"), HasSubstr("write its characters as they are"));
  EXPECT_THAT(refused("/a/../b"), HasSubstr("'..' is no segment"));
  EXPECT_THAT(refused("/a?b"), HasSubstr("no segment"));
  EXPECT_THAT(refused("/" + std::string(1'000, 'a')), HasSubstr("more than 1000 bytes"));
  EXPECT_THAT(refused("/a", {"get"}), HasSubstr("'get' is no method: a word in capitals"));
}

TEST_F(RouteTableTest, refuses_a_route_that_is_there_already) {
  add("/a/{x}", {"GET", "POST"});
  EXPECT_THAT(refused("/a/{y}", {"POST"}), HasSubstr("there already"));
  EXPECT_THAT(refused("/a/{y}"), HasSubstr("there already"));
  EXPECT_EQ(refused("/a/{y}", {"PUT"}), "taken");
}

TEST_F(RouteTableTest, holds_ten_thousand_routes) {
  for (std::size_t i = 0; i < RouteTable::kMaxRoutes; ++i) add("/p" + std::to_string(i) + "/{x}");
  EXPECT_THAT(refused("/one/more"), HasSubstr("too_many_names: there are 10000 routes already"));
  EXPECT_EQ(match("/p9999/1"), "10000 x=1");
}

TEST(RouteTableRandomly, agrees_with_a_naive_model) {
  base::Random random(20'240'611);
  const auto one_of = [&random](const std::vector<std::string>& words) {
    return words[random.below(words.size())];
  };
  for (int round = 0; round < 2'000; ++round) {
    RouteTable table;
    RouteTableModel model;
    for (RouteTable::Target target = 0; target < 8; ++target) {
      std::string pattern;
      for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
        pattern += "/" + one_of({"a", "b", "", "{" + std::to_string(i) + "}",
                                 "{" + std::to_string(i) + "}:a", "{r*}"});
      }
      std::vector<std::string> methods;
      for (std::uint64_t i = random.below(3); i > 0; --i) {
        methods.push_back(one_of({"GET", "HEAD", "PUT"}));
      }
      const auto slashes = static_cast<RouteTable::Slashes>(random.below(2));
      if (table.add(pattern, methods, target, slashes)) {
        model.add(pattern, methods, target, slashes);
      }
    }
    for (int request = 0; request < 20; ++request) {
      std::string path;
      for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
        path += "/" + one_of({"a", "b", "", "c:a", "%61", ".", "%2f"});
      }
      const std::string method = one_of({"GET", "HEAD", "PUT", "POST"});
      EXPECT_EQ(text_of(table.match(method, path)), text_of(model.match(method, path)))
          << method << " " << path;
    }
  }
}

}  // namespace
}  // namespace steelyard::gateway
