#include "steelyard/runtime/zmq/direct_returns.hpp"

#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/protocol.hpp"

/// Which results a worker gives to their requesters itself, and what it keeps.
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Returns : public testing::Test {
 protected:
  explicit Returns(const DirectReturns::Options& options = {}) : returns_(options) {
    returns_.broker_found();
  }

  AssignedJob job(std::uint64_t session) {
    AssignedRun run;
    run.session = session;
    run.reply_to.emplace();
    run.reply_to->set_address("address-" + std::to_string(session));
    run.reply_to->set_link_key(100 + session);
    run.reply_to->set_secret("secret of " + std::to_string(session));
    AssignedJob made;
    made.lease = ++leases_;
    made.sequence = leases_;
    made.run = std::make_shared<const AssignedRun>(std::move(run));
    return made;
  }
  /// Whether a result of so many bytes is given directly.
  bool take(std::uint64_t session, std::size_t bytes = 10) {
    JobReport report{kDoneFinished, std::string(bytes, 'x'), {}, {}};
    return returns_.take(job(session), report, now_);
  }
  void answer(std::uint64_t session, std::uint64_t link_key) {
    wire::LinkWelcome welcome;
    welcome.set_link_key(link_key);
    returns_.receive(session, wire::encode(welcome), now_);
  }
  /// As after several results.
  void open(std::uint64_t session) {
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(take(session));
    answer(session, 100 + session);
    while (returns_.next_message()) {
    }
    static_cast<void>(returns_.take_wishes());
  }
  void pass(Duration time) {
    now_ += time;
    returns_.pass_time(now_);
  }
  /// Results in the messages that can be sent now.
  int sent() {
    int results = 0;
    while (const auto message = returns_.next_message()) {
      const auto envelope = wire::open(message->bytes);
      wire::Results header;
      if (envelope->kind == wire::Kind::Results && wire::read(*envelope, header)) {
        results += header.sequences_size();
      }
    }
    return results;
  }

  DirectReturns returns_;
  TimePoint now_{seconds(1000)};
  std::uint64_t leases_ = 0;
};

TEST_F(Returns, open_a_link_for_the_third_result_within_a_second) {
  EXPECT_FALSE(take(1));
  EXPECT_FALSE(take(1));
  EXPECT_TRUE(returns_.take_wishes().empty());
  pass(seconds(2));
  EXPECT_FALSE(take(1));
  EXPECT_FALSE(take(1));
  EXPECT_TRUE(returns_.take_wishes().empty());
  EXPECT_FALSE(take(1));
  const auto wishes = returns_.take_wishes();
  ASSERT_EQ(wishes.size(), 1u);
  EXPECT_EQ(wishes[0].address, "address-1");
}

TEST_F(Returns, use_a_link_only_once_its_other_end_has_answered_rightly) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(1));
  answer(1, 4711);
  returns_.receive(1, "SSH-2.0-OpenSSH_9.2", now_);
  EXPECT_TRUE(returns_.is_greeting(1));
  EXPECT_FALSE(take(1));
  answer(1, 101);
  EXPECT_FALSE(returns_.is_greeting(1));
  EXPECT_TRUE(take(1));
}

TEST_F(Returns, never_show_the_secret_before) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(1));
  EXPECT_FALSE(take(1, 10) || !returns_.next_message());
  EXPECT_TRUE(take(1, 100'000));
  EXPECT_FALSE(returns_.next_message());
}

TEST_F(Returns, try_an_unanswered_link_again_later) {
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(1));
  static_cast<void>(returns_.take_wishes());
  pass(milliseconds(300));
  EXPECT_EQ(returns_.take_wishes().size(), 1u);  // closed
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(1));
  EXPECT_TRUE(returns_.take_wishes().empty());
  pass(seconds(2));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(take(1));
  EXPECT_EQ(returns_.take_wishes().size(), 1u);
}

TEST_F(Returns, give_a_large_result_to_the_broker_when_no_link_comes) {
  EXPECT_TRUE(take(1, 100'000));
  EXPECT_TRUE(returns_.take_unreachable().empty());
  pass(milliseconds(300));
  EXPECT_EQ(returns_.take_unreachable(), std::vector<std::uint64_t>{1});
  const std::string* text = returns_.give_to_broker(1);
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->size(), 100'000u);
}

TEST_F(Returns, give_what_a_cut_link_did_not_take_to_the_broker) {
  open(1);
  EXPECT_TRUE(take(1));
  ASSERT_TRUE(returns_.next_message());
  returns_.cannot_send(1, now_);
  EXPECT_EQ(returns_.take_unreachable(), std::vector<std::uint64_t>{4});
  EXPECT_FALSE(take(1));
}

TEST_F(Returns, are_kept_until_they_are_released) {
  open(1);
  EXPECT_TRUE(take(1));
  EXPECT_EQ(sent(), 1);
  returns_.release(4, now_);
  EXPECT_EQ(returns_.give_to_broker(4), nullptr);
}

TEST_F(Returns, on_a_link_that_moves_are_said_to_be_on_their_way) {
  open(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(1));
  EXPECT_EQ(sent(), 3);
  pass(seconds(4));
  EXPECT_TRUE(returns_.on_its_way(6, now_));
  returns_.release(4, now_);
  pass(seconds(4));
  EXPECT_TRUE(returns_.on_its_way(6, now_));
  pass(seconds(2));
  EXPECT_FALSE(returns_.on_its_way(6, now_));
  EXPECT_TRUE(returns_.give_to_broker(5));
  returns_.release(5, now_);
  EXPECT_FALSE(returns_.on_its_way(6, now_));
  EXPECT_FALSE(returns_.on_its_way(99, now_));
}

TEST_F(Returns, through_the_broker_are_kept_until_it_is_known_to_have_them) {
  const AssignedJob made = job(1);
  returns_.beat_sent();
  returns_.insure(made, {kDoneFinished, "result", {}, {}}, now_);
  returns_.beat_answered();  // the beat was sent before
  EXPECT_FALSE(returns_.keeps_nothing());
  returns_.beat_sent();
  returns_.beat_answered();
  EXPECT_TRUE(returns_.keeps_nothing());
}

TEST_F(Returns, without_a_broker_wait_for_a_minute) {
  returns_.broker_lost(now_);
  EXPECT_TRUE(take(1));
  for (int i = 0; i < 59; ++i) pass(seconds(1));
  EXPECT_FALSE(returns_.nothing_pending());
  for (int i = 0; i < 70; ++i) pass(seconds(1));
  EXPECT_TRUE(returns_.nothing_pending());
}

class FewReturns : public Returns {
 protected:
  FewReturns()
      : Returns({.max_kept_bytes = 5'000,
                 .max_kept_results = 10,
                 .max_link_bytes = 1'000,
                 .max_links = 2}) {}
};

TEST_F(FewReturns, wait_when_a_client_does_not_acknowledge_and_then_go_through_the_broker) {
  open(1);
  int direct = 0;
  for (int i = 0; i < 20; ++i) direct += take(1, 100) ? 1 : 0;
  EXPECT_EQ(direct, 10);
  EXPECT_EQ(sent(), 5);  // as many as the link takes unreleased
  returns_.release(4, now_);
  EXPECT_EQ(sent(), 1);
  EXPECT_TRUE(take(1, 100));
  EXPECT_FALSE(take(1, 100));
}

TEST_F(FewReturns, that_were_fetched_wait_for_no_link_any_more) {
  open(1);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(take(1, 100));
  EXPECT_EQ(sent(), 5);  // the last one waits
  EXPECT_FALSE(returns_.nothing_pending());
  EXPECT_NE(returns_.give_to_broker(9), nullptr);
  EXPECT_TRUE(returns_.nothing_pending());
  returns_.cannot_send(1, now_);
  EXPECT_TRUE(returns_.nothing_pending());
}

TEST_F(FewReturns, over_the_limit_of_bytes_go_through_the_broker) {
  open(1);
  EXPECT_FALSE(take(1, 5'000));
  EXPECT_TRUE(take(1, 4'000));
  EXPECT_FALSE(take(1, 1'000));
}

TEST_F(FewReturns, close_the_link_that_was_not_used_for_longest) {
  open(1);
  pass(milliseconds(1));
  open(2);
  pass(milliseconds(1));
  EXPECT_TRUE(take(1));
  EXPECT_EQ(sent(), 1);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(take(3));
  const auto wishes = returns_.take_wishes();
  ASSERT_EQ(wishes.size(), 2u);
  EXPECT_EQ(wishes[0].session, 2u);
  EXPECT_TRUE(wishes[0].address.empty());
  EXPECT_EQ(wishes[1].address, "address-3");
}

}  // namespace
}  // namespace steelyard::zmq_runtime
