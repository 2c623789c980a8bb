#include "steelyard/runtime/zmq/memory_watch.hpp"

#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr std::uint64_t kPeak = 1ULL << 30;

TEST(MemoryWatch, gives_back_once_after_a_peak) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.look(kPeak, true, kStart));
  EXPECT_FALSE(watch.look(kPeak / 3, true, kStart));
  EXPECT_TRUE(watch.look(kPeak / 5, true, kStart));
  EXPECT_FALSE(watch.look(kPeak / 6, true, kStart + std::chrono::minutes(1)));
}

TEST(MemoryWatch, waits_until_there_is_nothing_else_to_do) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.look(kPeak, true, kStart));
  EXPECT_FALSE(watch.look(0, false, kStart));
  EXPECT_TRUE(watch.look(0, true, kStart));
}

TEST(MemoryWatch, pauses_between_two_times) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.look(kPeak, true, kStart));
  EXPECT_TRUE(watch.look(0, true, kStart));
  EXPECT_FALSE(watch.look(kPeak, true, kStart));
  EXPECT_FALSE(watch.look(0, true, kStart + MemoryWatch::kPause / 2));
  EXPECT_TRUE(watch.look(0, true, kStart + MemoryWatch::kPause));
}

TEST(MemoryWatch, lets_small_peaks_be) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.look(MemoryWatch::kSmallBytes, true, kStart));
  EXPECT_FALSE(watch.look(0, true, kStart));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
