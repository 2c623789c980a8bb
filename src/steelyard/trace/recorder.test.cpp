#include "steelyard/trace/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/trace/format.hpp"
#include "steelyard/trace/test_recording.hpp"

namespace steelyard::trace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr TimePoint kBegun{std::chrono::seconds(1'000)};

Preface preface() {
  return {"steelyard 1.2.3", "groups-by-state:switch_penalty_s=3", {}, kBegun, 1'700'000'000'000};
}

TimePoint at_ms(std::int64_t since_begun) {
  return kBegun + std::chrono::milliseconds(since_begun);
}

struct Recorded {
  std::shared_ptr<MemorySink> sink = std::make_shared<MemorySink>();
  SomeNames names{2};
  std::unique_ptr<Recorder> recorder = std::make_unique<Recorder>(preface(), sink);

  void note(std::int64_t ms, const core::Event& event, const core::Actions& actions = {}) const {
    recorder->note(at_ms(ms), event, actions, names.tables());
  }
  /// Three events, and decisions after the second.
  std::string three_events() {
    note(1, core::SessionBeat{SessionId{0}});
    note(1, core::TimePassed{},
         {core::DeclareLost{WorkerId{4}}, core::EndSession{SessionId{0}},
          core::DeclareLost{WorkerId{5}}});
    note(900, core::StopRequested{});
    recorder.reset();
    std::string bytes = sink->bytes();
    append_end(bytes, "");
    return bytes;
  }
};

struct Read {
  std::vector<Step> steps;
  std::optional<std::string> ended;
  std::string error;
};

Read read(std::string bytes, std::size_t most = SIZE_MAX) {
  Read result;
  auto reader = Reader::open(source_of(std::move(bytes), most));
  if (!reader) return {{}, {}, reader.error().context};
  Step step;
  auto more = reader->next(step);
  while (more && *more) {
    result.steps.push_back(step);
    more = reader->next(step);
  }
  if (!more) result.error = more.error().context;
  result.ended = reader->ended();
  return result;
}

TEST(Recorder, writes_what_a_reader_reads) {
  Recorded recorded;
  const std::string bytes = recorded.three_events();
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
    const Read got = read(bytes, most);
    EXPECT_EQ(got.error, "");
    ASSERT_EQ(got.steps.size(), 3U);
    EXPECT_EQ(got.steps[0].time, at_ms(1));
    EXPECT_EQ(std::get<core::SessionBeat>(got.steps[0].event).session, SessionId{0});
    EXPECT_EQ(got.steps[0].checksum, 0U);
    EXPECT_THAT(got.steps[0].decisions, ElementsAre());
    EXPECT_EQ(got.steps[1].time, at_ms(1));
    EXPECT_NE(got.steps[1].checksum, 0U);
    EXPECT_THAT(got.steps[1].decisions, ElementsAre(core::Action(core::DeclareLost{WorkerId{4}}),
                                                    core::Action(core::DeclareLost{WorkerId{5}})));
    EXPECT_EQ(got.steps[2].time, at_ms(900));
    EXPECT_EQ(got.ended, "");
  }
}

TEST(Recorder, begins_with_who_recorded_and_how) {
  Recorded recorded;
  const auto reader = Reader::open(source_of(recorded.three_events()));
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->preface().program, "steelyard 1.2.3");
  EXPECT_EQ(reader->preface().strategy, "groups-by-state:switch_penalty_s=3");
  EXPECT_EQ(reader->preface().begun, kBegun);
  EXPECT_EQ(reader->preface().begun_unix_ms, 1'700'000'000'000);
}

TEST(Recorder, keeps_every_option) {
  Preface unusual = preface();
  std::int64_t next = 11;
  auto& [max_queued_jobs, max_queued_jobs_per_user, max_queued_jobs_per_queue,
         max_unfinished_jobs_per_session, max_lanes, max_workers, max_sessions, max_unstarted_work,
         max_unstarted_jobs, max_attempts, max_hops, retry_first, retry_max, seed, max_deaths,
         max_quarantined_jobs, max_job_age, unserved_ttl, stop_timeout, max_pending_cancels,
         max_offences_per_worker, has_log, worker_lost_after, return_timeout, result_ttl,
         asked_result_ttl, cancelled_job_ttl, session_gone_after, load_retry_first, load_retry_max,
         max_pinned_states, time_prior, max_decisions_kept] = unusual.options;
  for (auto* number :
       {&max_queued_jobs, &max_unfinished_jobs_per_session, &max_lanes, &max_workers, &max_sessions,
        &max_unstarted_jobs, &max_pinned_states, &max_decisions_kept, &max_queued_jobs_per_queue,
        &max_quarantined_jobs, &max_pending_cancels, &max_offences_per_worker}) {
    *number = static_cast<std::uint32_t>(next++);
  }
  for (auto* time :
       {&max_unstarted_work, &worker_lost_after, &return_timeout, &result_ttl, &asked_result_ttl,
        &cancelled_job_ttl, &session_gone_after, &load_retry_first, &load_retry_max, &retry_first,
        &retry_max, &max_job_age, &unserved_ttl, &stop_timeout}) {
    *time = Duration(next++);
  }
  max_queued_jobs_per_user = -1;
  max_attempts = 7;
  max_hops = 8;
  seed = 8;
  max_deaths = 9;
  has_log = true;
  time_prior = {0.5, 0.25};
  std::string bytes;
  append_preface(bytes, unusual);
  const auto reader = Reader::open(source_of(bytes));
  ASSERT_TRUE(reader);
  std::string again;
  append_preface(again, reader->preface());
  EXPECT_EQ(again, bytes);
  EXPECT_EQ(reader->preface().options.max_attempts, 7);
  EXPECT_EQ(reader->preface().options.max_hops, 8);
  EXPECT_EQ(reader->preface().options.load_retry_max, load_retry_max);
}

TEST(Recorder, tells_each_name_before_it_is_used) {
  Recorded recorded;
  core::JobsSubmitted submitted;
  submitted.count = 1;
  submitted.queue = QueueId{1};
  recorded.note(0, submitted);
  recorded.names.queues.intern("late");
  submitted.queue = QueueId{2};
  recorded.note(0, submitted);
  recorded.note(0, core::TimePassed{});
  recorded.recorder.reset();
  auto reader = Reader::open(source_of(recorded.sink->bytes()));
  ASSERT_TRUE(reader);
  Step step;
  ASSERT_TRUE(reader->next(step).value());
  EXPECT_THAT(reader->names().queues, ElementsAre("queue-0", "queue-1"));
  EXPECT_THAT(reader->names().states, ElementsAre("state-0", "state-1"));
  EXPECT_THAT(reader->names().users, ElementsAre("user-0", "user-1"));
  EXPECT_THAT(reader->names().tags, ElementsAre("tag-0", "tag-1"));
  ASSERT_TRUE(reader->next(step).value());
  EXPECT_THAT(reader->names().queues, ElementsAre("queue-0", "queue-1", "late"));
}

TEST(Recorder, hands_over_its_beginning_at_once_and_a_block_when_it_is_full_or_a_second_old) {
  Recorded recorded;
  recorded.note(999, core::TimePassed{});
  EXPECT_EQ(recorded.sink->blocks.size(), 1U);
  recorded.note(1'000, core::TimePassed{});
  EXPECT_EQ(recorded.sink->blocks.size(), 2U);
  const std::vector<Lease> many(Recorder::kBlockBytes / sizeof(Lease));
  recorded.note(1'001, core::WorkerBeat{WorkerId{0}, many});
  EXPECT_EQ(recorded.sink->blocks.size(), 3U);
  EXPECT_EQ(read(recorded.sink->bytes()).error, "");
}

TEST(Recorder, stops_when_nothing_more_is_taken) {
  Recorded recorded;
  recorded.sink = std::make_shared<MemorySink>(2);
  recorded.recorder = std::make_unique<Recorder>(preface(), recorded.sink);
  for (const int ms : {1'000, 2'000, 3'000}) recorded.note(ms, core::TimePassed{});
  recorded.recorder.reset();
  EXPECT_EQ(recorded.sink->blocks.size(), 2U);
}

TEST(Reader, leaves_out_what_was_cut_off_wherever_that_was) {
  Recorded recorded;
  const std::string bytes = recorded.three_events();
  std::string beginning;
  append_preface(beginning, preface());
  for (std::size_t length = beginning.size(); length < bytes.size(); ++length) {
    const Read got = read(bytes.substr(0, length));
    EXPECT_EQ(got.error, "") << length;
    EXPECT_EQ(got.ended, std::nullopt) << length;
    EXPECT_LE(got.steps.size(), 3U);
    if (got.steps.size() >= 2) {
      EXPECT_EQ(got.steps[1].decisions.size(), 2U) << length;
    }
  }
}

TEST(Reader, says_why_a_recording_ended) {
  Recorded recorded;
  recorded.note(0, core::TimePassed{});
  recorded.recorder.reset();
  std::string bytes = recorded.sink->bytes();
  append_end(bytes, "the file is as large as it may be");
  EXPECT_EQ(read(bytes).ended, "the file is as large as it may be");
  EXPECT_EQ(read(bytes).steps.size(), 1U);
}

TEST(Reader, refuses_what_is_no_recording) {
  const std::string other_program = "\x7f" + std::string("ELF");
  const std::string json = "{\"time_s\": 1}\n";
  const std::string header_of_another = "\n\2\n";
  for (const std::string& text : {std::string(), json, header_of_another, other_program}) {
    const auto reader = Reader::open(source_of(text));
    ASSERT_FALSE(reader) << text;
    EXPECT_EQ(reader.error().code, ErrorCode::Malformed);
    EXPECT_THAT(reader.error().context, HasSubstr("no recording of `steelyard broker --record`"));
  }
}

TEST(Reader, refuses_a_newer_format_and_says_what_to_use) {
  Recorded recorded;
  std::string bytes = recorded.three_events();
  // The format follows the text that tells what this is: its tag, and then itself.
  const std::size_t place = bytes.find(kWhat) + std::string(kWhat).size() + 1;
  ASSERT_EQ(bytes[place], static_cast<char>(kFormat));
  bytes[place] = kFormat + 1;
  const auto reader = Reader::open(source_of(bytes));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::VersionMismatch);
  EXPECT_EQ(reader.error().context,
            "recorded by steelyard 1.2.3 in format 3; this program reads format 2: use "
            "steelyard 1.2.3");
}

TEST(Reader, names_the_byte_where_a_record_is_damaged) {
  Recorded recorded;
  std::string beginning;
  append_preface(beginning, preface());
  const std::string bytes = beginning + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  EXPECT_EQ(read(bytes).error,
            "the length of a record is damaged at byte " + std::to_string(beginning.size()));
}

}  // namespace
}  // namespace steelyard::trace
