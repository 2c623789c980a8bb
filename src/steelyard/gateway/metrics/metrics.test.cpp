#include "steelyard/gateway/metrics/metrics.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/metrics/sample.test.hpp"

namespace steelyard::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string scrape(Metrics& metrics, const Sample& sample, const GatewayFigures& figures = {}) {
  return metrics.text(sample.latest(), figures);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t count_lines(const std::string& text, const std::string& begin) {
  std::size_t count = 0;
  for (const std::string& line : lines_of(text)) count += line.starts_with(begin) ? 1U : 0U;
  return count;
}

/// "steelyard_queue_jobs gauge queue,standing" for each family, in order.
std::string names_of(const std::string& text) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::string> labels;
  for (const std::string& line : lines_of(text)) {
    std::istringstream words(line);
    std::string hash, kind, name, type;
    if (line.starts_with("# TYPE")) {
      words >> hash >> kind >> name >> type;
      types[name] = type;
    } else if (!line.starts_with('#')) {
      name = line.substr(0, line.find_first_of("{ "));
      for (const char* end : {"_bucket", "_sum", "_count"}) {
        const std::string base = name.substr(0, name.rfind(end));
        if (types.contains(base) && types[base] == "histogram") name = base;
      }
      std::string names;
      for (std::size_t at = line.find('{'); at < line.rfind('}') && at != std::string::npos;) {
        const std::size_t equals = line.find("=\"", at);
        const std::string label = line.substr(at + 1, equals - at - 1);
        if (label != "le") names += (names.empty() ? "" : ",") + label;
        at = line.find('"', equals + 2) + 1;
        if (line[at] == '}') break;
      }
      labels[name] = names;
    }
  }
  std::string all;
  for (const auto& [name, type] : types) {
    const std::string& names = labels.contains(name) ? labels[name] : "?";
    all += name + " " + type + (names.empty() ? "" : " " + names) + "\n";
  }
  return all;
}

TEST(Metrics, are_those_of_the_golden_list) {
  Metrics metrics;
  const std::string names = names_of(scrape(metrics, Sample()));
  std::ifstream file(STEELYARD_GOLDEN_METRICS);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(names, golden) << "a renamed metric breaks what others watch: if it is meant, write "
                              "this into tests/golden/metrics.txt and name it in docs/metrics.md";
}

TEST(Metrics, show_what_the_broker_says) {
  Metrics metrics;
  const std::string text = scrape(metrics, Sample());
  for (const char* line :
       {"steelyard_broker_up 1\n", "steelyard_jobs{standing=\"queued\"} 7\n",
        "steelyard_jobs_accepted_total 100\n", "steelyard_jobs_ended_total{outcome=\"failed\"} 3\n",
        "steelyard_refusals_total{reason=\"queue_full\"} 4\n",
        "steelyard_journal_records_total 20\n", "steelyard_journal_failing 0\n",
        "steelyard_queue_jobs{queue=\"a\",standing=\"queued\"} 5\n",
        "steelyard_queue_longest_wait_seconds{queue=\"a\"} 1.5\n",
        "steelyard_workers{doing=\"loading\"} 1\n", "steelyard_workers{doing=\"idle\"} 1\n",
        "steelyard_worker_slots 3\n", "steelyard_user_jobs_accepted_total{user=\"ann\"} 60\n",
        "steelyard_user_worker_seconds_total{user=\"ann\"} 12.5\n",
        "steelyard_state_holders{state=\"m\"} 2\n",
        "steelyard_hub_group_workers_wanted{hub=\"room\",group=\"ocr\"} 3\n",
        "steelyard_hub_group_restarts_total{hub=\"room\",group=\"ocr\"} 2\n",
        "steelyard_gateways 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("steelyard_queue_longest_wait_seconds{queue=\"b\"}")));
}

TEST(Metrics, have_cumulative_histograms_in_seconds) {
  Metrics metrics;
  const std::string text = scrape(metrics, Sample());
  EXPECT_THAT(text, HasSubstr("steelyard_queue_wait_seconds_count{queue=\"a\"} 6\n"
                              "steelyard_queue_wait_seconds_sum{queue=\"a\"} 4.5\n"
                              "steelyard_queue_wait_seconds_bucket{queue=\"a\",le=\"0.01\"} 1\n"
                              "steelyard_queue_wait_seconds_bucket{queue=\"a\",le=\"1\"} 3\n"
                              "steelyard_queue_wait_seconds_bucket{queue=\"a\",le=\"+Inf\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_queue_run_seconds_bucket{queue=\"a\",le=\"0.01\"} 4\n"));
}

TEST(Metrics, say_nothing_of_a_broker_that_does_not_answer) {
  Metrics metrics;
  GatewayFigures figures;
  figures.http.answers = {0, 5, 0, 2, 1};
  const Sample sample;
  static_cast<void>(scrape(metrics, sample));
  const std::string text =
      metrics.text({.number = 1, .sighting = sample.latest().sighting}, figures);
  EXPECT_THAT(text, HasSubstr("steelyard_broker_up 0\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_http_responses_total{class=\"2xx\"} 5\n"));
  for (const std::string& line : lines_of(text)) {
    EXPECT_TRUE(line.starts_with("#") || line.starts_with("steelyard_broker_up") ||
                line.starts_with("steelyard_http_"))
        << line;
  }
}

TEST(Metrics, of_many_names_are_bounded) {
  Sample sample;
  for (int i = 0; i < 1'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    sample.add_queue(name, i, 0);
    sample.add_user(name, i);
    sample.add_state(name, i);
  }
  Metrics metrics;
  const std::string text = scrape(metrics, sample);
  EXPECT_EQ(count_lines(text, "steelyard_queue_jobs_accepted_total{"), kMaxQueueSeries + 1);
  EXPECT_EQ(count_lines(text, "steelyard_queue_workers{"), kMaxQueueSeries + 1);
  EXPECT_EQ(count_lines(text, "steelyard_queue_wait_seconds_count{"), kMaxQueueHistograms + 1);
  EXPECT_EQ(count_lines(text, "steelyard_user_jobs_accepted_total{"), kMaxUserSeries + 1);
  EXPECT_EQ(count_lines(text, "steelyard_state_holders{"), kMaxStateSeries + 1);
  EXPECT_LT(lines_of(text).size(), 10'000U);
}

TEST(Metrics, of_the_others_never_go_back) {
  Sample sample;
  for (int i = 0; i < 21; ++i) sample.add_user("u" + std::to_string(i), 1'000 + i);
  Metrics metrics;
  EXPECT_THAT(scrape(metrics, sample),
              HasSubstr("steelyard_user_jobs_accepted_total{user=\"other\"} 1060\n"));
  sample.set_user("ann", 5'000);  // who is one of the others takes u1's place
  EXPECT_THAT(scrape(metrics, sample),
              HasSubstr("steelyard_user_jobs_accepted_total{user=\"other\"} 6000\n"));
  EXPECT_THAT(scrape(metrics, sample),
              HasSubstr("steelyard_user_jobs_accepted_total{user=\"ann\"} 0\n"));
}

TEST(Metrics, escape_what_they_are_told) {
  Sample sample;
  sample.set_strategy("a\"b\\c\nd");
  Metrics metrics;
  EXPECT_THAT(scrape(metrics, sample),
              HasSubstr("steelyard_broker_info{strategy=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, tell_no_series_twice) {
  Sample sample;
  sample.add_queue("other", 5, 1);
  sample.add_hub("room");
  Metrics metrics;
  std::set<std::string> seen;
  for (const std::string& line : lines_of(scrape(metrics, sample))) {
    const std::string series = line.substr(0, line.rfind(' '));
    if (line.starts_with("#")) continue;
    EXPECT_TRUE(seen.insert(series).second) << line;
  }
}

}  // namespace
}  // namespace steelyard::gateway
