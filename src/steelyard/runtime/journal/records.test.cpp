#include "steelyard/runtime/journal/records.hpp"

#include <gtest/gtest.h>

namespace steelyard::journal {
namespace {

JournalledJob job() {
  JournalledJob job;
  job.queue = "ocr";
  job.state = "german";
  job.user = "ada";
  job.priority = -3;
  job.tags = {"gpu", "big"};
  job.state_bytes = 1ULL << 40;
  job.keep = true;
  job.unit = 4;
  job.via_broker = true;
  job.principal = 7;
  job.submitted_at_unix_ms = 1'700'000'000'000;
  job.start_by_unix_ms = 1'700'000'000'001;
  job.not_before_unix_ms = 1'700'000'000'002;
  job.time_limit_ms = 60'000;
  job.stream_window_bytes = 1 << 20;
  job.idempotency_key = "order 66";
  job.fingerprint = {~0ULL, 1};
  job.payload = std::string("\0\xff payload", 10);
  return job;
}

TEST(JournalRecords, keep_every_field_of_a_job) {
  const auto read = decode_job(encode(job()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, job());
}

TEST(JournalRecords, keep_every_field_of_a_change) {
  const JobChange change{
      2, 1, 5, true, {{"w1", "died", "signal 9", 8, 1}, {"w2", "hung", "", 9, 2}}};
  const auto read = decode_change(encode(change));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, change);
}

TEST(JournalRecords, keep_every_field_of_an_answer_but_the_payload) {
  const JournalledAnswer answer{job(), "work_failed", "no such page", 10, 20, 30};
  const auto read = decode_answer(encode(answer));
  ASSERT_TRUE(read);
  JournalledAnswer expected = answer;
  expected.job.payload.clear();
  EXPECT_EQ(*read, expected);
}

TEST(JournalRecords, say_nothing_when_they_are_empty) {
  EXPECT_EQ(*decode_job(""), JournalledJob{});
  EXPECT_EQ(*decode_change(""), JobChange{});
  EXPECT_EQ(*decode_answer(""), JournalledAnswer{});
}

TEST(JournalRecords, that_are_cut_short_are_refused_or_lack_what_was_cut) {
  const std::string bytes = encode(job());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = decode_job(std::string_view(bytes).substr(0, size));
    if (read) {
      EXPECT_NE(*read, job());
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::Malformed);
    }
  }
  EXPECT_FALSE(decode_change("\xff\xff\xff"));
  EXPECT_FALSE(decode_answer("\x0a\x05"));
}

}  // namespace
}  // namespace steelyard::journal
