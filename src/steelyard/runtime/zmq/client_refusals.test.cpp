#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/client_session.hpp"

/// A client whose broker says what the test lets it say: refusals, acknowledgements, answers.
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kSession = 0x0123456789abcdef;

struct Settled {
  std::uint64_t sequence = 0;
  std::optional<ErrorCode> code;
  std::string text;
  bool no_room = false;
};

class Refusals : public testing::Test {
 protected:
  Refusals() { welcome(false, 0); }

  void welcome(bool resumed, std::uint64_t watermark) {
    wire::Welcome message;
    message.set_incarnation(7);
    message.set_resumed(resumed);
    message.set_watermark(watermark);
    message.mutable_limits()->set_max_payload_bytes(1 << 20);
    message.set_beat_ms(1000);
    message.set_lost_after_ms(60'000);
    hear(message);
  }
  template <class Message>
  void hear(const Message& message, std::string_view block = {}) {
    client_.receive(wire::encode(message, block), now_);
  }
  std::uint64_t submit(const JobKind& kind, const std::vector<std::string>& payloads) {
    return client_.submit(kind, std::vector<std::string_view>(payloads.begin(), payloads.end()),
                          now_);
  }
  /// Jobs as "NUMBER:PAYLOAD" that the client sends now; other messages are kept.
  std::vector<std::string> sent() {
    std::vector<std::string> jobs;
    while (const auto bytes = client_.next_message(now_)) {
      const auto envelope = wire::open(*bytes);
      wire::Submit message;
      if (envelope->kind != wire::Kind::Submit) {
        others_.push_back(*bytes);
        continue;
      }
      EXPECT_TRUE(wire::read(*envelope, message));
      std::string_view block = envelope->block;
      for (const wire::SubmitRun& run : message.runs()) {
        const auto column = wire::Column::take(run.lengths(), block);
        for (std::uint32_t i = 0; i < column->count(); ++i) {
          jobs.push_back(std::to_string(run.first_sequence() + i) + ":" +
                         std::string((*column)[i]));
        }
        runs_.push_back(run);
      }
    }
    return jobs;
  }
  void refuse(std::uint64_t first, std::uint32_t count, std::string_view code,
              std::uint32_t retry_after_ms) {
    wire::Rejected message;
    message.set_first_sequence(first);
    message.set_count(count);
    message.set_code(std::string(code));
    message.set_text("full");
    message.set_retry_after_ms(retry_after_ms);
    hear(message);
  }
  void acknowledge(std::uint64_t through, std::uint64_t journalled_through = 0) {
    wire::Acknowledged message;
    message.set_through(through);
    message.set_journalled_through(journalled_through);
    hear(message);
  }
  void pass(milliseconds time) {
    now_ += time;
    client_.pass_time(now_);
  }

  TimePoint now_{std::chrono::hours(1)};
  std::vector<Settled> settled_;
  std::vector<std::string> others_;
  std::vector<wire::SubmitRun> runs_;
  ClientSession client_{
      kSession, "client",
      ClientSession::Sinks{.answers =
                               [this](const ClientSession::Answer& answer) {
                                 settled_.push_back({answer.sequence, answer.code,
                                                     std::string(answer.text), answer.no_room});
                               },
                           .reports = [](auto, auto) {},
                           .told = [](auto, auto) {},
                           .pinned = [](auto, auto) {}},
      ClientSession::Patience{3, std::chrono::seconds(10)}};
};

TEST_F(Refusals, for_want_of_room_are_tried_again_under_new_numbers_in_their_order) {
  submit({.queue = "q"}, {"a", "b", "c"});
  EXPECT_THAT(sent(), ElementsAre("1:a", "2:b", "3:c"));
  refuse(2, 2, "queue_full", 100);
  acknowledge(3);
  EXPECT_THAT(sent(), IsEmpty());
  pass(milliseconds(100));
  EXPECT_THAT(sent(), ElementsAre("4:b", "5:c"));
  EXPECT_THAT(settled_, IsEmpty());
  EXPECT_EQ(client_.refused(), 2u);
  EXPECT_EQ(client_.retried(), 2u);
}

TEST_F(Refusals, leave_the_job_the_id_that_was_given_out) {
  submit({.queue = "q"}, {"a"});
  EXPECT_THAT(sent(), ElementsAre("1:a"));
  refuse(1, 1, "queue_full", 100);
  EXPECT_EQ(client_.name_at_broker({kSession, 1}), std::nullopt);
  pass(milliseconds(100));
  EXPECT_THAT(sent(), ElementsAre("2:a"));
  EXPECT_EQ(client_.name_at_broker({kSession, 1}), (JobId{kSession, 2}));
  wire::Answers answers;
  answers.add_sequences(2);
  wire::LengthsWriter(*answers.mutable_lengths()).add(2);
  answers.add_waited_us(1);
  answers.add_run_us(1);
  hear(answers, "ok");
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].sequence, 1u);
  EXPECT_EQ(client_.name_at_broker({kSession, 1}), (JobId{kSession, 2}));
  EXPECT_EQ(client_.unanswered(), 0u);
}

TEST_F(Refusals, hold_up_those_that_need_the_same_room_and_no_others) {
  submit({.queue = "q", .user = "ann"}, {"a"});
  EXPECT_THAT(sent(), ElementsAre("1:a"));
  refuse(1, 1, "user_over_limit", 1000);
  EXPECT_EQ(submit({.queue = "q", .user = "ann"}, {"b"}), 2u);
  EXPECT_EQ(submit({.queue = "q", .user = "bob"}, {"c"}), 3u);
  EXPECT_THAT(sent(), ElementsAre("3:c"));
  pass(milliseconds(1000));
  EXPECT_THAT(sent(), ElementsAre("4:a", "5:b"));
  EXPECT_EQ(client_.retried(), 1u);
}

TEST_F(Refusals, end_after_so_many_tries_with_the_last_one) {
  submit({.queue = "q"}, {"a"});
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(sent().size(), 1u);
    refuse(number, 1, "queue_full", 100);
    pass(milliseconds(100));
  }
  EXPECT_THAT(sent(), IsEmpty());
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].sequence, 1u);
  EXPECT_EQ(settled_[0].code, ErrorCode::QueueFull);
  EXPECT_THAT(settled_[0].text, HasSubstr("handed in 3 times"));
  EXPECT_TRUE(settled_[0].no_room);
  EXPECT_EQ(client_.name_at_broker({kSession, 1}), (JobId{kSession, 0}));
}

TEST_F(Refusals, end_when_the_time_is_over) {
  submit({.queue = "q"}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  refuse(1, 1, "out_of_memory_budget", 60'000);
  pass(milliseconds(9'999));
  EXPECT_THAT(settled_, IsEmpty());
  pass(milliseconds(1));
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].code, ErrorCode::OutOfMemoryBudget);
}

TEST_F(Refusals, without_a_time_are_final) {
  submit({.queue = "q"}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  refuse(1, 1, "invalid_argument", 0);
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_FALSE(settled_[0].no_room);
}

TEST_F(Refusals, of_a_few_hold_back_the_rest_until_these_were_taken) {
  submit({.queue = "q"}, std::vector<std::string>(200, "x"));
  EXPECT_EQ(sent().size(), 200u);
  refuse(1, 200, "queue_full", 100);
  pass(milliseconds(100));
  EXPECT_EQ(sent().size(), 64u);
  EXPECT_THAT(sent(), IsEmpty());
  acknowledge(264);
  EXPECT_EQ(sent().size(), 128u);
  acknowledge(392);
  EXPECT_EQ(sent().size(), 8u);
}

TEST_F(Refusals, are_tried_again_by_a_broker_that_knows_nothing_of_them) {
  submit({.queue = "q"}, {"a", "b"});
  EXPECT_EQ(sent().size(), 2u);
  refuse(2, 1, "queue_full", 100);
  pass(milliseconds(100));
  EXPECT_THAT(sent(), ElementsAre("3:b"));
  welcome(false, 0);
  EXPECT_THAT(sent(), ElementsAre("1:a", "3:b"));
}

TEST_F(Refusals, are_over_for_a_job_that_is_cancelled) {
  submit({.queue = "q"}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  refuse(1, 1, "queue_full", 100);
  EXPECT_TRUE(client_.cancel_held(1));
  EXPECT_FALSE(client_.cancel_held(1));
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].code, ErrorCode::Cancelled);
  pass(milliseconds(100));
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(Refusals, do_not_come_for_a_job_that_is_cancelled_while_there_is_no_broker) {
  submit({.queue = "q"}, {"a"});
  EXPECT_THAT(sent(), ElementsAre("1:a"));
  hear(wire::HelloRequired());
  submit({.queue = "q"}, {"b", "c"});
  EXPECT_FALSE(client_.cancel_unsent(1));  // it may be at the broker that is away
  EXPECT_TRUE(client_.cancel_unsent(2));
  EXPECT_FALSE(client_.cancel_unsent(2));
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].sequence, 2u);
  EXPECT_EQ(settled_[0].code, ErrorCode::Cancelled);
  welcome(true, 1);
  EXPECT_THAT(sent(), ElementsAre("3:c"));
  submit({.queue = "q"}, {"d"});
  EXPECT_FALSE(client_.cancel_unsent(4));  // it leaves at once, and the cancel behind it
}

TEST_F(Refusals, come_before_the_goodbye) {
  submit({.queue = "q"}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  client_.leave_when_done();
  EXPECT_THAT(sent(), IsEmpty());
  refuse(1, 1, "queue_full", 100);
  pass(milliseconds(100));
  EXPECT_THAT(sent(), ElementsAre("2:a"));
  EXPECT_THAT(others_, IsEmpty());
  acknowledge(2);
  EXPECT_THAT(sent(), IsEmpty());
  ASSERT_EQ(others_.size(), 1u);
  EXPECT_EQ(wire::open(others_[0])->kind, wire::Kind::Leave);
}

TEST_F(Refusals, name_the_job_that_has_the_key) {
  submit({.queue = "q", .key = "invoice-7"}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(runs_[0].key(), "invoice-7");
  wire::Rejected message;
  message.set_first_sequence(1);
  message.set_count(1);
  message.set_code("duplicate_key");
  message.set_text("handed in before");
  message.mutable_original()->set_session(5);
  message.mutable_original()->set_sequence(9);
  hear(message);
  ASSERT_EQ(settled_.size(), 1u);
  const Error error{*settled_[0].code, settled_[0].text};
  EXPECT_EQ(error.context, "handed in before (job 0000000000000005-9)");
  EXPECT_EQ(job_with_key(error), (JobId{5, 9}));
  EXPECT_EQ(job_with_key({ErrorCode::QueueFull, error.context}), std::nullopt);
}

TEST_F(Refusals, and_acknowledgements_decide_about_jobs_at_the_durability_they_asked_for) {
  submit({.queue = "q"}, {"a"});
  submit({.queue = "q", .journal = true}, {"b"});
  EXPECT_EQ(sent().size(), 2u);
  EXPECT_EQ(runs_[1].durability(), wire::DURABILITY_JOURNAL);
  EXPECT_FALSE(client_.is_decided(1));
  acknowledge(2);
  EXPECT_TRUE(client_.is_decided(1));
  EXPECT_FALSE(client_.is_decided(2));
  acknowledge(2, 2);
  EXPECT_TRUE(client_.is_decided(2));
}

TEST_F(Refusals, do_not_make_a_delayed_job_wait_longer_than_it_asked_for) {
  submit({.queue = "q", .delay = milliseconds(500), .start_within = milliseconds(800)}, {"a"});
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(runs_[0].delay_ms(), 500u);
  EXPECT_EQ(runs_[0].start_within_ms(), 800u);
  refuse(1, 1, "queue_full", 600);
  pass(milliseconds(600));
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(runs_[1].delay_ms(), 0u);
  EXPECT_EQ(runs_[1].start_within_ms(), 200u);
}

TEST_F(Refusals, of_jobs_that_are_wanted_no_more_are_final) {
  submit({.queue = "q"}, {"a", "b"});
  EXPECT_EQ(sent().size(), 2u);
  refuse(2, 1, "queue_full", 100);
  submit({.queue = "other"}, {"c"});
  client_.abort(now_);
  ASSERT_EQ(settled_.size(), 2u);
  EXPECT_EQ(settled_[0].code, ErrorCode::Cancelled);
  EXPECT_THAT(sent(), IsEmpty());
  ASSERT_EQ(others_.size(), 1u);
  wire::Leave leave;
  ASSERT_TRUE(wire::read(*wire::open(others_[0]), leave));
  EXPECT_TRUE(leave.when_done());
  EXPECT_TRUE(leave.abort());
  refuse(1, 1, "queue_full", 100);
  EXPECT_EQ(settled_.size(), 3u);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
