#include "steelyard/runtime/zmq/streams.hpp"

#include <set>

#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

Streams::Stream stream(std::uint32_t slot, std::uint32_t window_bytes = 1000) {
  Streams::Stream made;
  made.lease = {slot, 1};
  made.window_bytes = window_bytes;
  return made;
}

TEST(Streams, have_room_for_a_window_or_for_one_that_is_larger) {
  Streams::Stream one = stream(1);
  EXPECT_TRUE(one.has_room(5000));
  one.add(600 - kPartialOverheadBytes);
  EXPECT_TRUE(one.has_room(400 - kPartialOverheadBytes));
  EXPECT_FALSE(one.has_room(401 - kPartialOverheadBytes));
}

TEST(Streams, take_back_no_more_than_is_under_way) {
  Streams::Stream one = stream(1);
  one.in_flight_bytes = 60;
  EXPECT_EQ(one.take_back(50), 50u);
  EXPECT_EQ(one.take_back(50), 10u);
  EXPECT_EQ(one.in_flight_bytes, 0u);
}

TEST(Streams, of_attempts_that_have_ended_are_swept_out) {
  std::set<std::uint32_t> live;
  Streams streams([&](Lease lease) { return live.contains(lease.slot); });
  for (std::uint32_t slot = 0; slot < 10'000; ++slot) {
    live = {slot, slot - 1};
    streams.open(stream(slot));
  }
  EXPECT_LE(streams.size(), 1024u);
  int visited = 0;
  streams.each([&](Streams::Stream&) { ++visited; });
  EXPECT_EQ(visited, 2);
  EXPECT_NE(streams.find({9'999, 1}), nullptr);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
