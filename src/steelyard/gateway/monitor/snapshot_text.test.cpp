#include "steelyard/gateway/monitor/snapshot_text.hpp"

#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

constexpr const char* kText =
    R"({"version":1,"stats":{"jobs":{"queued":2}},"health":{"warnings":["a \"b\\\" ]}, c"]},)"
    R"("queues":{"columns":["queue"],"rows":[["q"]]},"workers":{"rows":[]},"users":{},)"
    R"("states":[]})";

TEST(SnapshotText, knows_its_members) {
  const auto snapshot = SnapshotText::read(kText);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->member("version"), "1");
  EXPECT_EQ(snapshot->member("stats"), R"({"jobs":{"queued":2}})");
  EXPECT_EQ(snapshot->member("health"), R"({"warnings":["a \"b\\\" ]}, c"]})");
  EXPECT_EQ(snapshot->member("states"), "[]");
  EXPECT_EQ(snapshot->member("jobs"), "");
}

TEST(SnapshotText, leaves_out_the_tables_that_nobody_wants) {
  const auto snapshot = SnapshotText::read(kText);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->with({}), kText);
  EXPECT_EQ(snapshot->with(*Tables::read("users")),
            R"({"version":1,"stats":{"jobs":{"queued":2}},)"
            R"("health":{"warnings":["a \"b\\\" ]}, c"]},"users":{}})");
  EXPECT_EQ(SnapshotText::read("{}")->with({}), "{}");
  EXPECT_EQ(SnapshotText::read(R"({"users":1})")->with(*Tables::read("queues")), "{}");
}

TEST(SnapshotText, is_an_object_on_one_line) {
  for (const char* text : {"", "{", "}", "[]", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
                           "{\"a\":1}}", "{\"a\":[1}", "{\"a\":\"}", "{\"a\":\"\\", "{\"a\":1\n}",
                           "{\"a\":1} {}", "{\"a\":{}", "{\"a\"", "{\"a\":"}) {
    const auto snapshot = SnapshotText::read(text);
    ASSERT_FALSE(snapshot) << text;
    EXPECT_EQ(snapshot.error().code, ErrorCode::Malformed);
  }
}

TEST(Tables, are_named_in_a_list) {
  EXPECT_EQ(Tables::read("workers,queues")->bits, 3U);
  EXPECT_EQ(Tables::read("")->bits, 0U);
  EXPECT_TRUE(Tables::read("users")->has("health"));
  EXPECT_FALSE(Tables::read("users")->has("states"));
  for (const char* text : {"user", "users,,queues", ",", "users queues"}) {
    const auto tables = Tables::read(text);
    ASSERT_FALSE(tables) << text;
    EXPECT_NE(tables.error().context.find("queues, workers, users, states"), std::string::npos);
  }
}

}  // namespace
}  // namespace steelyard::gateway
