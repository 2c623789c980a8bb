#include "submit/window.hpp"

#include <future>

#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

TEST(Window, reading_waits_until_an_answer_was_printed) {
  Window window({.jobs = 2, .bytes = 1'000});
  window.enter({.tag = 0, .jobs = 2, .bytes = 10});
  auto waiting =
      std::async(std::launch::async, [&] { return window.wait_for_room({.tag = 2, .jobs = 1}); });
  EXPECT_EQ(window.answered(0, 10), 2U);
  window.leave(0);
  EXPECT_TRUE(waiting.get());
}

TEST(Window, an_answer_takes_the_place_of_its_payload) {
  Window window({.jobs = 10, .bytes = 100});
  window.enter({.tag = 0, .jobs = 1, .bytes = 90});
  auto waiting =
      std::async(std::launch::async, [&] { return window.wait_for_room({.tag = 1, .bytes = 50}); });
  window.answered(0, 5);
  EXPECT_TRUE(waiting.get());
}

TEST(Window, what_is_too_large_for_it_goes_alone) {
  Window window({.jobs = 1, .bytes = 10});
  EXPECT_TRUE(window.wait_for_room({.tag = 0, .jobs = 5, .bytes = 5'000}));
}

TEST(Window, nobody_waits_once_it_is_closed) {
  Window window({.jobs = 1, .bytes = 10});
  window.enter({.tag = 0});
  window.close();
  EXPECT_FALSE(window.wait_for_room({.tag = 1}));
}

}  // namespace
}  // namespace steelyard::cli
