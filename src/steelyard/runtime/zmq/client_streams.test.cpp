#include "steelyard/runtime/zmq/client_streams.hpp"

#include <gtest/gtest.h>

#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard::zmq_runtime {
namespace {

using Came = ClientStreams::Came;

constexpr std::uint64_t kWindowBytes = 10'000;

/// The bytes of a partial result that takes so many of the window.
constexpr std::size_t taking(std::uint64_t charge) {
  return charge - kPartialOverheadBytes;
}

/// A job's partial results one after another.
class Parts {
 public:
  /// One that takes so many bytes of the window.
  Came add(ClientStreams& streams, std::uint32_t attempt, std::uint64_t charge) {
    if (attempt != attempt_) offset_ = 0;
    attempt_ = attempt;
    const Came came = streams.add(7, {attempt, offset_, taking(charge)});
    offset_ += taking(charge);
    return came;
  }

 private:
  std::uint32_t attempt_ = 0;
  std::uint64_t offset_ = 0;
};

TEST(ClientStreams, take_what_there_is_credit_for_and_drop_the_rest) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, kWindowBytes);
  EXPECT_EQ(parts.add(streams, 1, 6000), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 4000), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 300), Came::TooMuch);
  EXPECT_EQ(streams.add(8, {1, 0, 1}), Came::Stray);
}

TEST(ClientStreams, let_one_that_is_larger_than_the_window_come_alone) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, kWindowBytes);
  EXPECT_EQ(parts.add(streams, 1, 50'000), Came::More);
  EXPECT_EQ(parts.add(streams, 1, 300), Came::TooMuch);
  streams.taken(7, 1, taking(50'000));
  EXPECT_EQ(streams.next_credit()->bytes, 50'300u);  // what was dropped is under way no more
}

TEST(ClientStreams, give_credit_back_in_steps_and_all_of_it_when_nothing_waits) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, kWindowBytes);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(parts.add(streams, 1, 2000), Came::More);
  streams.taken(7, 1, taking(2000));
  EXPECT_FALSE(streams.has_credit());
  streams.taken(7, 1, taking(2000));
  EXPECT_EQ(streams.next_credit()->bytes, 4000u);
  streams.taken(7, 1, taking(2000));
  streams.taken(7, 1, taking(2000));
  EXPECT_EQ(streams.next_credit()->bytes, 4000u);
  streams.taken(7, 1, taking(2000));  // a step too small, but nothing else would come
  EXPECT_EQ(streams.next_credit()->bytes, 2000u);
  EXPECT_FALSE(streams.next_credit());
}

TEST(ClientStreams, of_another_attempt_make_void_what_came_before) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, kWindowBytes);
  EXPECT_EQ(parts.add(streams, 1, 8000), Came::More);
  EXPECT_EQ(parts.add(streams, 2, 8000), Came::First);
  EXPECT_EQ(parts.add(streams, 1, 1000), Came::Stray);
  streams.taken(7, 1, taking(8000));  // gives no credit to the attempt that runs
  EXPECT_FALSE(streams.has_credit());
  EXPECT_EQ(parts.add(streams, 2, 2100), Came::TooMuch);
}

TEST(ClientStreams, say_where_something_is_missing) {
  ClientStreams streams;
  streams.open(7, kWindowBytes);
  EXPECT_EQ(streams.add(7, {1, 0, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 10, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 30, 10}), Came::Later);
  EXPECT_EQ(streams.add(7, {1, 40, 10}), Came::More);
  EXPECT_EQ(streams.add(7, {1, 20, 10}), Came::TooMuch);
}

TEST(ClientStreams, give_no_credit_for_what_came_before_the_connection_was_cut) {
  ClientStreams streams;
  streams.open(7, kWindowBytes);
  Parts parts;
  EXPECT_EQ(parts.add(streams, 1, 10'000), Came::More);
  streams.connection_began(false);
  EXPECT_EQ(parts.add(streams, 1, 10'000), Came::More);  // the window is open again
  streams.taken(7, 1, taking(10'000));
  EXPECT_FALSE(streams.has_credit());
  streams.taken(7, 1, taking(10'000));
  EXPECT_EQ(streams.next_credit()->bytes, 10'000u);
}

TEST(ClientStreams, do_not_grow_with_every_cut_connection) {
  ClientStreams streams;
  streams.open(7, kWindowBytes);
  Parts parts;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(parts.add(streams, 1, 10'000), Came::More);
    streams.connection_began(false);
  }
  EXPECT_EQ(parts.add(streams, 1, 10'000), Came::TooMuch);
}

TEST(ClientStreams, begin_again_with_a_broker_that_knows_nothing_of_them) {
  ClientStreams streams;
  Parts parts;
  streams.open(7, kWindowBytes);
  EXPECT_EQ(parts.add(streams, 1, 1000), Came::More);
  streams.connection_began(true);
  EXPECT_FALSE(streams.has_credit());
  EXPECT_EQ(parts.add(streams, 1, 1000), Came::First);
}

TEST(ClientStreams, tell_of_progress_only_as_fast_as_it_is_taken) {
  ClientStreams streams;
  streams.open(7, kWindowBytes);
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
  streams.open(7, kWindowBytes);
  EXPECT_EQ(parts.add(streams, 1, 10'000), Came::More);
  streams.taken(7, 1, taking(10'000));
  streams.close(7);
  EXPECT_FALSE(streams.next_credit());
  EXPECT_EQ(parts.add(streams, 1, 300), Came::Stray);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
