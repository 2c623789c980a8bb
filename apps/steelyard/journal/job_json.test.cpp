#include "journal/job_json.hpp"

#include <gtest/gtest.h>

#include "steelyard/runtime/journal/records.hpp"

namespace steelyard::cli {
namespace {

using store::Record;
using store::RecordKind;

journal::JournalledJob job() {
  journal::JournalledJob job;
  job.queue = "ocr";
  job.tags = {"gpu"};
  job.payload = "page";
  return job;
}

TEST(JobJson, says_what_a_waiting_job_is_and_what_has_changed) {
  boost::json::object json;
  ASSERT_TRUE(add_to_json({{10, 7}, RecordKind::Submitted, journal::encode(job())}, json));
  EXPECT_EQ(json["job"], "000000000000000a-7");
  EXPECT_EQ(json["standing"], "waiting");
  EXPECT_EQ(json["queue"], "ocr");
  EXPECT_EQ(json["tags"], (boost::json::array{"gpu"}));
  EXPECT_EQ(json["payload"], "page");
  const journal::JobChange change{2, 1, 0, true, {{"w1", "died", "signal 9", 5, 1}}};
  ASSERT_TRUE(add_to_json({{10, 7}, RecordKind::Changed, journal::encode(change)}, json));
  EXPECT_EQ(json["standing"], "quarantined");
  EXPECT_EQ(json["deaths"], 1);
  EXPECT_EQ(json["evidence"].as_array().front().as_object()["worker"], "w1");
}

TEST(JobJson, says_how_a_job_ended) {
  boost::json::object json;
  const journal::JournalledAnswer answer{job(), "work_failed", "\xff", 1, 2, 3};
  ASSERT_TRUE(add_to_json({{10, 7}, RecordKind::Answered, journal::encode(answer)}, json));
  EXPECT_EQ(json["standing"], "work_failed");
  EXPECT_EQ(json["result_base64"], "/w==");
  EXPECT_FALSE(json.contains("payload"));
}

TEST(JobJson, refuses_what_is_no_record) {
  EXPECT_FALSE(check_record({{1, 1}, RecordKind::Submitted, "\xff\xff"}));
}

}  // namespace
}  // namespace steelyard::cli
