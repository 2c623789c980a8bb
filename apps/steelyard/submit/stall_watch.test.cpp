#include "submit/stall_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kReport = R"({"rows": [
  {"queue": "idle", "workers": 0, "windows": []},
  {"queue": "open", "workers": 1, "windows": [{"priority_min": null, "priority_max": null}]},
  {"queue": "high", "workers": 2, "windows": [{"priority_min": 10, "priority_max": 20}]}
]})";

TEST(StallWatch, tells_of_a_queue_without_workers) {
  EXPECT_THAT(*why_jobs_wait(kReport, "idle", 0),
              HasSubstr("no worker serves queue 'idle' yet; the work waits. Start one: steelyard "
                        "worker --queue idle"));
}

TEST(StallWatch, tells_of_a_priority_outside_all_windows) {
  EXPECT_THAT(*why_jobs_wait(kReport, "high", 9), HasSubstr("takes priority 9"));
  EXPECT_THAT(*why_jobs_wait(kReport, "high", 21), HasSubstr("takes priority 21"));
  EXPECT_FALSE(why_jobs_wait(kReport, "high", 10));
}

TEST(StallWatch, is_quiet_when_work_is_only_slow_or_nothing_is_known) {
  EXPECT_FALSE(why_jobs_wait(kReport, "open", 5));
  EXPECT_FALSE(why_jobs_wait(kReport, "unheard-of", 0));
  EXPECT_FALSE(why_jobs_wait("not JSON", "idle", 0));
}

}  // namespace
}  // namespace steelyard::cli
