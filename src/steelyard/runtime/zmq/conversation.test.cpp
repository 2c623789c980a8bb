#include <algorithm>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/runtime/zmq/test_wire_world.hpp"

namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

Answer done(std::uint64_t sequence, const std::string& payload) {
  return {sequence, std::nullopt, "done:" + payload};
}

TEST(Conversation, a_job_goes_to_a_worker_and_its_result_comes_back) {
  WireWorld world;
  auto& client = world.add_client();
  world.add_worker({"q"});
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.pass(milliseconds(50));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a"), done(2, "b")));
  EXPECT_EQ(world.jobs().finished, 2u);
  EXPECT_EQ(world.jobs().returning, 0u);  // the receipts came
}

TEST(Conversation, jobs_handed_in_one_by_one_under_long_names_fit_the_brokers_limit) {
  WireWorld world;
  auto& client = world.add_client();
  ClientSession::Kind kind;
  kind.queue = "q";
  for (char c = 'a'; c < 'k'; ++c) kind.tags.emplace_back(190, c);
  for (int i = 0; i < 1000; ++i) world.submit(client, kind, {"1"});
  world.settle();
  EXPECT_EQ(world.jobs().accepted, 1000u);
}

TEST(Conversation, parts_may_start_in_any_order) {
  WireWorld world;
  auto& client = world.add_client();
  world.submit(client, {"q", "", "", 0, false}, {"early"});
  world.pass(milliseconds(100));
  EXPECT_EQ(world.jobs().queued, 1u);
  world.add_worker({"q"});
  world.pass(milliseconds(100));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "early")));
}

TEST(Conversation, jobs_start_in_order_also_across_a_cut_connection) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"1"});
  world.pass(milliseconds(20));
  world.submit(client, {"q", "", "", 0, false}, {"2"});
  // The message with "2" is lost with the connection; "3" is sent on the new one.
  ASSERT_TRUE(client.session->next_message(world.now()));
  world.cut(client);
  world.submit(client, {"q", "", "", 0, false}, {"3"});
  worker.runs = true;
  world.pass(milliseconds(200));
  EXPECT_THAT(worker.ran, ElementsAre("1", "2", "3"));
  EXPECT_EQ(client.answers.size(), 3u);
}

TEST(Conversation, a_held_up_worker_hands_back_what_waits_after_what_it_has_to_report) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"}, 3);
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"1", "2", "3"});
  world.pass(milliseconds(20));
  const auto first = worker.session->take();
  const auto held = worker.session->take();
  ASSERT_TRUE(first && held);
  worker.session->hand_back();
  world.finish(worker, *first, {kDoneFinished, "done:1", {}, {}});
  EXPECT_FALSE(worker.session->take());
  auto& other = world.add_worker({"q"});
  world.pass(milliseconds(100));
  EXPECT_THAT(other.ran, ElementsAre("3"));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "1"), done(3, "3")));
  EXPECT_EQ(world.attempts().handed_back, 1u);
  EXPECT_EQ(world.attempts().lost, 0u);
}

TEST(Conversation, a_restarted_broker_is_told_everything_again) {
  WireWorld world;
  auto& client = world.add_client();
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.pass(milliseconds(20));
  world.restart_broker(8);
  world.pass(milliseconds(1500));  // the next beat is answered with HelloRequired
  EXPECT_EQ(world.jobs().queued, 2u);
  world.add_worker({"q"});
  world.pass(milliseconds(20));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a"), done(2, "b")));
}

TEST(Conversation, a_result_of_a_former_broker_is_dropped_and_the_job_answered_once) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a"});
  world.pass(milliseconds(20));
  const auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.restart_broker(8);
  world.pass(milliseconds(2500));
  world.finish(worker, *job, {kDoneFinished, "from before", {}, {}});
  worker.runs = true;
  world.pass(milliseconds(50));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a")));
  EXPECT_EQ(world.port().scheduler().stale_reports(), 0u);
}

TEST(Conversation, a_killed_workers_job_goes_to_another) {
  WireWorld world;
  auto& client = world.add_client();
  auto& victim = world.add_worker({"q"});
  victim.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a"});
  world.pass(milliseconds(20));
  world.kill(victim);
  world.add_worker({"q"});
  world.pass(milliseconds(4000));
  EXPECT_TRUE(client.answers.empty());
  world.pass(milliseconds(2000));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a")));
  EXPECT_EQ(world.port().scheduler().book().total().attempts.lost, 1u);
}

TEST(Conversation, a_worker_whose_connection_was_cut_keeps_its_job) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a"});
  world.pass(milliseconds(20));
  const auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.cut(worker);
  world.pass(milliseconds(1500));
  world.finish(worker, *job, {kDoneFinished, "kept", {}, {}});
  world.pass(milliseconds(50));
  EXPECT_THAT(client.answers, ElementsAre(Answer{1, std::nullopt, "kept"}));
  EXPECT_EQ(world.port().scheduler().book().total().attempts.lost, 0u);
}

TEST(Conversation, an_assignment_lost_with_the_connection_is_given_again) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.pass(milliseconds(20));
  const std::string former = worker.route;
  world.cut(worker);  // the broker does not know yet and sends to the old route
  world.submit(client, {"q", "", "", 0, false}, {"a"});
  worker.runs = true;
  world.pass(milliseconds(3000));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a")));
}

TEST(Conversation, an_answer_lost_with_the_connection_is_given_again_once) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a"});
  world.pass(milliseconds(20));
  world.cut(client);
  worker.runs = true;
  world.settle();
  EXPECT_EQ(world.jobs().returning, 1u);
  world.pass(milliseconds(1500));
  EXPECT_THAT(client.answers, ElementsAre(done(1, "a")));
  EXPECT_EQ(world.jobs().finished, 1u);
}

TEST(Conversation, a_worker_that_leaves_finishes_what_it_has) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.pass(milliseconds(20));
  worker.session->leave();
  world.pass(milliseconds(20));
  EXPECT_FALSE(worker.session->dismissed());
  worker.runs = true;
  world.pass(milliseconds(20));
  EXPECT_TRUE(worker.session->dismissed());
  EXPECT_THAT(worker.ran, ElementsAre("a"));
  EXPECT_EQ(world.jobs().queued, 1u);
}

TEST(Conversation, a_client_that_leaves_takes_its_queued_jobs_along) {
  WireWorld world;
  auto& client = world.add_client();
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.pass(milliseconds(20));
  client.session->leave();
  world.pass(milliseconds(20));
  EXPECT_TRUE(client.session->over());
  EXPECT_EQ(world.jobs().cancelled, 2u);
  EXPECT_EQ(world.port().scheduler().open_sessions(), 0u);
}

TEST(Conversation, limits_are_named_in_refusals) {
  BrokerPort::Options options = test_port_options();
  options.limits.max_queued_jobs = 1;
  WireWorld world(options);
  auto& client = world.add_client();
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.submit(client, {"bad name", "", "", 0, false}, {"c"});
  world.submit(client, {"q", "", "", 0, false}, {std::string((1 << 20) + 1, 'x')});
  world.pass(milliseconds(50));
  ASSERT_EQ(client.answers.size(), 3u);
  std::ranges::sort(client.answers, {}, &Answer::sequence);
  EXPECT_THAT(client.answers[0].text, HasSubstr("max_queued_jobs = 1"));
  EXPECT_EQ(client.answers[1].code, ErrorCode::InvalidName);
  EXPECT_EQ(client.answers[2].code, ErrorCode::PayloadTooLarge);
  EXPECT_THAT(client.answers[2].text, HasSubstr("max_payload_bytes = 1048576"));
}

TEST(Conversation, a_refusal_that_is_lost_with_the_connection_is_noticed) {
  BrokerPort::Options options = test_port_options();
  options.limits.max_queued_jobs = 1;
  WireWorld world(options);
  auto& client = world.add_client();
  world.settle();
  world.submit(client, {"q"}, {"a", "b"});
  const auto submission = client.session->next_message(world.now());
  ASSERT_TRUE(submission);
  world.port().receive(client.route, *submission, world.now());
  world.cut(client);  // and with the connection goes what the broker has answered
  world.pass(milliseconds(8000));
  ASSERT_EQ(client.answers.size(), 1u);
  EXPECT_EQ(client.answers[0].sequence, 2u);
  EXPECT_EQ(client.answers[0].code, ErrorCode::Dropped);
}

TEST(Conversation, a_stopping_broker_answers_what_is_queued_and_finishes_what_runs) {
  WireWorld world;
  auto& client = world.add_client();
  auto& worker = world.add_worker({"q"});
  worker.runs = false;
  world.submit(client, {"q", "", "", 0, false}, {"a", "b"});
  world.pass(milliseconds(20));
  world.port().stop(world.now());
  world.settle();
  EXPECT_FALSE(world.port().at_rest());
  worker.runs = true;
  world.pass(milliseconds(50));
  EXPECT_TRUE(world.port().at_rest());
  ASSERT_EQ(client.answers.size(), 2u);
  EXPECT_EQ(client.answers[0].code, ErrorCode::Stopped);
  EXPECT_EQ(client.answers[1], done(1, "a"));
}

TEST(Conversation, reports_are_json) {
  WireWorld world;
  auto& client = world.add_client();
  client.session->query(1, "health");
  client.session->query(2, "nonsense");
  world.pass(milliseconds(20));
  ASSERT_EQ(client.reports.size(), 2u);
  EXPECT_THAT(client.reports[0].value(), HasSubstr("\"status\":\"warning\""));
  EXPECT_EQ(client.reports[1].error().code, ErrorCode::InvalidArgument);
}

boost::json::object audit(WireWorld& world, WireWorld::TestClient& client) {
  client.session->query(1, "audit");
  world.settle();
  return boost::json::parse(*client.reports.back()).as_object();
}

TEST(Audit, finds_nothing_when_everything_was_heard) {
  WireWorld world;
  world.add_worker({"q"}, 4);
  auto& client = world.add_direct_client();
  for (int i = 0; i < 20; ++i) {
    world.submit(client, {"q"}, std::vector<std::string>(5, "x"));
    world.pass(milliseconds(150));
  }
  world.pass(milliseconds(2000));
  const boost::json::object report = audit(world, client);
  EXPECT_TRUE(report.at("balanced").as_bool());
  EXPECT_GT(report.at("comparisons").to_number<int>(), 5);
}

TEST(Audit, names_the_job_whose_notice_was_dropped) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 4);
  auto& client = world.add_client();
  world.submit(client, {"q"}, std::vector<std::string>(5, "x"));
  world.pass(milliseconds(50));
  worker.runs = false;
  world.submit(client, {"q"}, {"lost"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.finish(worker, *job, WireWorld::done(*job));
  ASSERT_TRUE(worker.session->next_message(world.now()));  // and nobody hears it
  world.pass(milliseconds(1500));
  const boost::json::object report = audit(world, client);
  EXPECT_FALSE(report.at("balanced").as_bool());
  const boost::json::object row = report.at("rows").as_array().at(0).as_object();
  EXPECT_EQ(row.at("counted_there").to_number<int>(), 6);
  EXPECT_EQ(row.at("counted_here").to_number<int>(), 5);
  EXPECT_EQ(row.at("jobs").as_array().at(0).as_string(), (JobId{client.session->key(), 6}.text()));
}

TEST(Audit, counts_on_after_a_connection_was_cut_with_a_notice_on_it) {
  WireWorld world;
  auto& worker = world.add_worker({"q"}, 4);
  auto& client = world.add_client();
  worker.runs = false;
  world.submit(client, {"q"}, {"lost"});
  world.settle();
  auto job = worker.session->take();
  ASSERT_TRUE(job);
  world.finish(worker, *job, WireWorld::done(*job));
  ASSERT_TRUE(worker.session->next_message(world.now()));  // and nobody hears it
  worker.runs = true;
  world.cut(worker);
  world.pass(milliseconds(2500));
  ASSERT_EQ(client.answers.size(), 1u);
  EXPECT_TRUE(audit(world, client).at("balanced").as_bool());

  worker.runs = false;
  world.submit(client, {"q"}, {"lost"});
  world.settle();
  job = worker.session->take();
  ASSERT_TRUE(job);
  world.finish(worker, *job, WireWorld::done(*job));
  ASSERT_TRUE(worker.session->next_message(world.now()));
  world.pass(milliseconds(1500));
  EXPECT_FALSE(audit(world, client).at("balanced").as_bool());
}

TEST(Audit, forgets_what_differed_when_a_client_has_ended_with_its_last_receipt) {
  WireWorld world;
  world.add_worker({"q"});
  auto& client = world.add_client();
  auto& other = world.add_client();
  world.submit(client, {"q"}, {"a"});
  world.pass(milliseconds(1500));
  world.submit(client, {"q"}, {"lost"});
  ASSERT_TRUE(client.session->next_message(world.now()));  // and nobody hears it
  world.pass(milliseconds(1500));
  EXPECT_FALSE(audit(world, other).at("balanced").as_bool());
  world.cut(client);
  client.session->leave_when_done();
  world.pass(milliseconds(900));
  EXPECT_EQ(client.answers.size(), 2u);
  EXPECT_TRUE(audit(world, other).at("balanced").as_bool());
}

TEST(Audit, finds_a_client_whose_submission_was_dropped) {
  WireWorld world;
  auto& client = world.add_client();
  world.submit(client, {"q"}, {"a"});
  world.pass(milliseconds(50));
  world.submit(client, {"q"}, {"lost"});
  ASSERT_TRUE(client.session->next_message(world.now()));  // and nobody hears it
  world.pass(milliseconds(1500));
  const boost::json::object report = audit(world, client);
  EXPECT_EQ(report.at("rows").as_array().at(0).at("what").as_string(), "jobs");
}

boost::json::array parts_in(WireWorld& world, WireWorld::TestClient& asker) {
  asker.reports.clear();
  asker.session->query(1, "parts");
  world.settle();
  return boost::json::parse(*asker.reports.back()).at("rows").as_array();
}

TEST(Announcement, is_shown_to_others_and_replaced_by_the_next_one) {
  WireWorld world;
  auto& hub = world.add_client();
  auto& asker = world.add_client();
  hub.session->announce("hub", "room", R"({"groups":[1]})");
  world.settle();
  hub.session->announce("hub", "room", R"({"groups":[2],"warnings":["it is hot"]})");
  world.pass(milliseconds(100));
  const auto parts = parts_in(world, asker);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].at("kind").as_string(), "hub");
  EXPECT_EQ(parts[0].at("name").as_string(), "room");
  EXPECT_EQ(parts[0].at("groups").at(0).as_int64(), 2);
  EXPECT_NEAR(parts[0].at("announced_ago_s").as_double(), 0.1, 0.006);
  asker.session->query(2, "health");
  world.settle();
  EXPECT_THAT(*asker.reports.back(), testing::HasSubstr("hub 'room': it is hot"));
  EXPECT_FALSE(hub.session->announcement_refusal());
}

TEST(Announcement, is_made_again_to_the_next_broker_and_goes_with_its_session) {
  WireWorld world;
  auto& hub = world.add_client();
  auto& asker = world.add_client();
  hub.session->announce("hub", "room", R"({"large":")" + std::string(60'000, 'x') + R"("})");
  world.settle();
  world.kill_broker();
  world.restart_broker(8);
  world.pass(milliseconds(2500));
  EXPECT_EQ(parts_in(world, asker).size(), 1u);
  hub.session->leave();
  world.settle();
  EXPECT_EQ(parts_in(world, asker).size(), 0u);
}

TEST(Announcement, goes_with_its_client_although_an_answer_is_kept) {
  WireWorld world;
  auto& gateway = world.add_client();
  auto& asker = world.add_client();
  gateway.session->announce("gateway", "g", "{}");
  ClientSession::Kind kind;
  kind.queue = "q";
  kind.keep = true;
  world.submit(gateway, kind, {"a"});
  world.settle();
  EXPECT_EQ(parts_in(world, asker).size(), 1u);
  gateway.session->leave();
  world.settle();
  EXPECT_EQ(parts_in(world, asker).size(), 0u);
}

TEST(Announcement, that_is_refused_says_why_and_leaves_the_former_one) {
  WireWorld world;
  auto& hub = world.add_client();
  auto& asker = world.add_client();
  hub.session->announce("hub", "room", "{}");
  world.settle();
  hub.session->announce("hub", "<b>room</b>", "{}");
  world.settle();
  ASSERT_TRUE(hub.session->announcement_refusal());
  EXPECT_EQ(hub.session->announcement_refusal()->code, ErrorCode::InvalidName);
  ASSERT_EQ(parts_in(world, asker).size(), 1u);
  EXPECT_EQ(parts_in(world, asker)[0].at("name").as_string(), "room");
  EXPECT_TRUE(hub.reports.empty());
}

}  // namespace
}  // namespace steelyard::zmq_runtime
