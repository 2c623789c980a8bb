#include "measure/latency_plot.hpp"

namespace steelyard::cli {
namespace {

using testing::HasSubstr;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

LatencyCurve::Point point(double per_s, int p50_us, int p999_us) {
  using std::chrono::microseconds;
  return {per_s, microseconds(p50_us), microseconds((p50_us + p999_us) / 2), microseconds(p999_us)};
}

TEST(LatencyPlot, has_three_named_lines_for_each_server) {
  const std::vector<LatencyCurve> curves{
      {"ours", {point(1'000, 90, 400), point(9'000, 200, 30'000)}},
      {"theirs", {point(2'000, 50, 100)}}};
  const std::string picture = latency_plot(curves);
  for (const char* name : {"ours, p50", "ours, p99", "ours, p99.9", "theirs, p99.9"}) {
    EXPECT_THAT(picture, HasSubstr(name));
  }
  EXPECT_EQ(count(picture, "<polyline"), 12u);  // six lines, and six in the legend
}

TEST(LatencyPlot, has_room_for_what_took_no_time_at_all) {
  EXPECT_THAT(latency_plot({{"idle", {LatencyCurve::Point{}}}}),
              testing::Not(testing::AnyOf(HasSubstr("nan"), HasSubstr("inf"))));
}

}  // namespace
}  // namespace steelyard::cli
