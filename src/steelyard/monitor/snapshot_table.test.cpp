#include "steelyard/monitor/snapshot_table.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace steelyard::monitor {
namespace {

boost::json::object snapshot() {
  return boost::json::parse(
             R"({"queues": {"columns": ["queue", "longest_wait_s", "queued", "names"],
    "rows": [["ocr", 1.5, 12, ["a", 7, "b"]], ["films", null, 18446744073709551615, null], 3],
    "rows_omitted": 4}})")
      .as_object();
}

TEST(SnapshotTable, is_read_by_the_names_of_its_columns) {
  const boost::json::object report = snapshot();
  const SnapshotTable queues(report, "queues");
  EXPECT_EQ(queues.rows(), 3U);
  EXPECT_EQ(queues.rows_omitted(), 4U);
  EXPECT_EQ(queues.text(0, queues.column("queue")), "ocr");
  EXPECT_EQ(queues.count(1, queues.column("queued")), UINT64_MAX);
  EXPECT_EQ(queues.number(0, queues.column("longest_wait_s")), 1.5);
  EXPECT_EQ(texts_in(queues.list(0, queues.column("names"))), (std::vector<std::string>{"a", "b"}));
}

TEST(SnapshotTable, has_nothing_where_a_column_a_cell_or_a_row_is_missing) {
  const boost::json::object report = snapshot();
  const SnapshotTable queues(report, "queues");
  EXPECT_TRUE(std::isnan(queues.number(1, queues.column("longest_wait_s"))));
  EXPECT_EQ(queues.column("weather"), SnapshotTable::kNone);
  EXPECT_EQ(queues.text(0, SnapshotTable::kNone), "");
  EXPECT_EQ(queues.count(2, queues.column("queued")), 0U);
  EXPECT_TRUE(queues.list(1, queues.column("names")).empty());
}

TEST(SnapshotTable, is_empty_when_there_is_none_of_its_name) {
  const boost::json::object report = snapshot();
  const SnapshotTable workers(report, "workers");
  EXPECT_EQ(workers.rows(), 0U);
  EXPECT_EQ(workers.column("worker"), SnapshotTable::kNone);
}

}  // namespace
}  // namespace steelyard::monitor
