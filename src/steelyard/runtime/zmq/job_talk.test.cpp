#include "steelyard/runtime/zmq/job_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard::zmq_runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class Message>
Message next(JobTalk& talk, std::string* block = nullptr) {
  Message message;
  const auto bytes = talk.next_message();
  if (!bytes) {
    ADD_FAILURE() << "there is no message";
    return message;
  }
  const auto envelope = wire::open(*bytes);
  EXPECT_TRUE(envelope && wire::read(*envelope, message));
  EXPECT_EQ(envelope->kind, wire::kKindOf<Message>);
  if (block != nullptr) *block = envelope->block;
  return message;
}

wire::PartialCredit credit(std::uint64_t lease, std::uint64_t bytes, bool in_flight = false) {
  wire::PartialCredit message;
  message.set_lease(lease);
  message.set_bytes(bytes);
  message.set_in_flight(in_flight);
  return message;
}

TEST(JobTalk, says_the_latest_progress_of_each_job_at_once) {
  JobTalk talk;
  talk.progress(7, 10);
  talk.progress(8, 50);
  talk.progress(7, 20);
  const auto message = next<wire::Progress>(talk);
  EXPECT_THAT(message.leases(), ElementsAre(7, 8));
  EXPECT_THAT(message.percents(), ElementsAre(20, 50));
  EXPECT_FALSE(talk.next_message());
}

TEST(JobTalk, says_where_a_partial_result_belongs) {
  JobTalk talk;
  talk.partial(7, "abc");
  talk.partial(7, "defg");
  std::string block;
  EXPECT_EQ(next<wire::Partial>(talk, &block).offset(), 0u);
  EXPECT_EQ(block, "abc");
  EXPECT_EQ(next<wire::Partial>(talk, &block).offset(), 3u);
  EXPECT_EQ(block, "defg");
}

TEST(JobTalk, passes_credit_on_but_no_more_than_was_sent) {
  JobTalk talk;
  talk.partial(7, "abcdef");
  static_cast<void>(next<wire::Partial>(talk));
  talk.hear(credit(7, 260));
  talk.hear(credit(7, 260));
  talk.hear(credit(9, 260));
  EXPECT_THAT(talk.take_orders(), ElementsAre(JobTalk::Order{7, std::nullopt, 260},
                                              JobTalk::Order{7, std::nullopt, 2}));
}

TEST(JobTalk, gives_back_the_credit_of_what_was_lost_with_a_connection) {
  JobTalk talk;
  talk.partial(7, "arrived");
  talk.partial(7, "lost");
  for (int i = 0; i < 2; ++i) static_cast<void>(next<wire::Partial>(talk));
  talk.resumed();
  talk.partial(7, "later");
  static_cast<void>(next<wire::Partial>(talk));
  talk.hear(credit(7, partial_charge_bytes(7), true));
  EXPECT_THAT(talk.take_orders(),
              ElementsAre(JobTalk::Order{7, std::nullopt, partial_charge_bytes(4)}));
  talk.hear(credit(7, 10'000));
  EXPECT_THAT(talk.take_orders(),
              ElementsAre(JobTalk::Order{7, std::nullopt,
                                         partial_charge_bytes(7) + partial_charge_bytes(5)}));
}

TEST(JobTalk, forgets_everything_with_the_broker_that_knew_the_jobs) {
  JobTalk talk;
  talk.partial(7, "abc");
  talk.progress(7, 1);
  talk.stop(7, core::StopReason::Cancelled);
  talk.begin_era();
  EXPECT_FALSE(talk.next_message());
  EXPECT_THAT(talk.take_orders(), IsEmpty());
}

}  // namespace
}  // namespace steelyard::zmq_runtime
