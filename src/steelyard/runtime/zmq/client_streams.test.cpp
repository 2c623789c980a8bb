#include "steelyard/runtime/zmq/client_streams.hpp"

#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

using Came = ClientStreams::Came;

/// A job's partial results one after another.
class Parts {
 public:
  Came add(ClientStreams& streams, std::uint32_t attempt, std::size_t bytes) {
    if (attempt != attempt_) offset_ = 0;
    attempt_ = attempt;
    const Came came = streams.add(7, {attempt, offset_, bytes});
    offset_ += bytes;
    return came;
  }

 private:
  std::uint32_t attempt_ = 0;
  std::uint64_t offset_ = 0;
};

TEST(ClientStreams, take_what_there_is_credit_for_and_drop_the_rest) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  EXPECT_EQ(parts.add(streams, 1, 60), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 40), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 1), Came::TooMuch);
  EXPECT_EQ(streams.add(8, {1, 0, 1}), Came::Stray);
}

TEST(ClientStreams, let_one_that_is_larger_than_the_window_come_alone) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  EXPECT_EQ(parts.add(streams, 1, 500), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 1), Came::TooMuch);
  streams.taken(7, 1, 500);
  EXPECT_EQ(streams.next_credit()->bytes, 501u);  // what was dropped is under way no more
}

TEST(ClientStreams, give_credit_back_in_steps_and_all_of_it_when_nothing_waits) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(parts.add(streams, 1, 20), Came::More);
  streams.taken(7, 1, 20);
  EXPECT_FALSE(streams.has_credit());
  streams.taken(7, 1, 20);
  EXPECT_EQ(streams.next_credit()->bytes, 40u);
  streams.taken(7, 1, 20);
  streams.taken(7, 1, 20);
  EXPECT_EQ(streams.next_credit()->bytes, 40u);
  streams.taken(7, 1, 20);  // a step too small, but nothing else would come
  EXPECT_EQ(streams.next_credit()->bytes, 20u);
  EXPECT_FALSE(streams.next_credit());
}

TEST(ClientStreams, of_another_attempt_make_void_what_came_before) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  EXPECT_EQ(parts.add(streams, 1, 80), Came::More);
  EXPECT_EQ(parts.add(streams, 2, 80), Came::First);
  EXPECT_EQ(parts.add(streams, 1, 10), Came::Stray);
  streams.taken(7, 1, 80);  // gives no credit to the attempt that runs
  EXPECT_FALSE(streams.has_credit());
  EXPECT_EQ(parts.add(streams, 2, 21), Came::TooMuch);
}

TEST(ClientStreams, say_where_something_is_missing) {
  ClientStreams streams;
  streams.open(7, 100);
  EXPECT_EQ(streams.add(7, {1, 0, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 10, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 30, 10}), Came::Later);
  EXPECT_EQ(streams.add(7, {1, 40, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 20, 10}), Came::TooMuch);
}

TEST(ClientStreams, give_no_credit_for_what_came_before_the_connection_was_cut) {
  ClientStreams streams;
  streams.open(7, 100);
  EXPECT_EQ(streams.add(7, {1, 0, 100}), Came::More);
  streams.connection_began(false);
  EXPECT_EQ(streams.add(7, {1, 100, 100}), Came::More);  // the window is open again
  streams.taken(7, 1, 100);
  EXPECT_FALSE(streams.has_credit());
  streams.taken(7, 1, 100);
  EXPECT_EQ(streams.next_credit()->bytes, 100u);
}

TEST(ClientStreams, do_not_grow_with_every_cut_connection) {
  ClientStreams streams;
  streams.open(7, 100);
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(streams.add(7, {1, 100 * i, 100}), Came::More);
    streams.connection_began(false);
  }
  EXPECT_EQ(streams.add(7, {1, 400, 100}), Came::TooMuch);
}

TEST(ClientStreams, begin_again_with_a_broker_that_knows_nothing_of_them) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  EXPECT_EQ(parts.add(streams, 1, 10), Came::More);
  streams.connection_began(true);
  EXPECT_FALSE(streams.has_credit());
  EXPECT_EQ(parts.add(streams, 1, 10), Came::First);
}

TEST(ClientStreams, tell_of_progress_only_as_fast_as_it_is_taken) {
  ClientStreams streams;
  streams.open(7, 100);
  EXPECT_TRUE(streams.add_progress(7, 10));
  EXPECT_FALSE(streams.add_progress(7, 20));
  EXPECT_FALSE(streams.add_progress(7, 30));
  EXPECT_EQ(streams.progress_taken(7), 30);
  EXPECT_EQ(streams.progress_taken(7), std::nullopt);
  EXPECT_TRUE(streams.add_progress(7, 40));
}

TEST(ClientStreams, end_with_the_answer) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, 100);
  EXPECT_EQ(parts.add(streams, 1, 100), Came::More);
  streams.taken(7, 1, 100);
  streams.close(7);
  EXPECT_FALSE(streams.next_credit());
  EXPECT_EQ(parts.add(streams, 1, 1), Came::Stray);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
