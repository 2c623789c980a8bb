#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/monitor/explain/house.test.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string said(const json::object& object, std::string_view field) {
  return std::string(object.at(field).as_string());
}

TEST(ExplainJob, knows_nothing_of_a_job_that_never_was_or_is_another_ones) {
  House house;
  const std::uint64_t job = house.submit({});
  for (const auto& answer : {house.ask(0), house.ask(job + 1), house.ask(job, SessionId{1}),
                             house.ask(job, SessionId::none()),
                             explain_job({SessionId{0}, SessionId::none(), job}, house.sources()),
                             explain_job({SessionId{0}, SessionId{77}, job}, house.sources())}) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
    EXPECT_THAT(answer.error().context, HasSubstr("there is no such job"));
    EXPECT_THAT(answer.error().context, HasSubstr("steelyard ls jobs"));
  }
}

TEST(ExplainJob, of_a_running_job_says_where_it_was_given_and_why) {
  House house("groups-by-state");
  house.join({.name = "ada"});
  const std::uint64_t former = house.submit({.state = "french"});
  house.finish(former);
  const std::uint64_t job = house.submit({.state = "german", .user = "ann", .priority = 3});
  house.wait(milliseconds(1'500));
  const json::object told = house.about(job);
  EXPECT_EQ(said(told, "job"), "0000000000000abc-2");
  EXPECT_EQ(said(told, "status"), "running");
  EXPECT_EQ(said(told, "worker"), "ada");
  EXPECT_EQ(said(told, "queue"), "ocr");
  EXPECT_EQ(said(told, "user"), "ann");
  EXPECT_EQ(told.at("priority").as_int64(), 3);
  EXPECT_EQ(told.at("attempt").as_int64(), 1);
  EXPECT_EQ(told.at("waited_s").as_double(), 0.0);
  EXPECT_TRUE(told.at("waiting").is_null());
  EXPECT_EQ(json::serialize(told.at("decisions")),
            R"([{"ago_s":1.5E0,"worker":"ada","job":"0000000000000abc-2","queue":"ocr",)"
            R"("state":"german","loads":true,"gave_up":"french","why":"switch_state","because":)"
            R"("it had waited so much longer than the others that a load was worth it",)"
            R"("given":true,"for_at_most_s":null}])");
}

TEST(ExplainJob, tells_what_became_of_a_kept_one_that_has_finished) {
  House house;
  house.join({});
  const std::uint64_t job = house.submit({.keep = true});
  house.finish(job, {.run_time = milliseconds(250)});
  const json::object told = house.about(job);
  EXPECT_EQ(said(told, "status"), "finished");
  EXPECT_EQ(told.at("ran_s").as_double(), 0.25);
  EXPECT_TRUE(told.at("error").is_null());
  EXPECT_TRUE(told.at("queue").is_null());  // its lane may be another one's by now
  EXPECT_EQ(said(told.at("decisions").at(0).as_object(), "queue"), "ocr");
}

TEST(ExplainJob, tells_where_one_was_given_of_which_nothing_is_kept) {
  House house;
  house.join({});
  const std::uint64_t job = house.submit({});
  house.finish(job);
  const json::object told = house.about(job);
  EXPECT_EQ(said(told, "status"), "gone");
  EXPECT_EQ(told.at("decisions").as_array().size(), 1U);
  EXPECT_TRUE(told.at("age_s").is_null());
}

TEST(ExplainJob, names_no_worker_that_has_left_though_another_has_its_number) {
  House house;
  const WorkerId lost = house.join({.name = "lost"});
  const std::uint64_t job = house.submit({});
  house.wait(seconds(1));
  house.leave(lost);
  house.wait(seconds(1));
  house.join({.name = "new", .number = lost.value});
  const json::object told = house.about(job);
  EXPECT_EQ(told.at("attempt").as_int64(), 2);
  const json::array& decisions = told.at("decisions").as_array();
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(said(decisions[0].as_object(), "worker"), "new");
  EXPECT_TRUE(decisions[1].at("worker").is_null());
}

TEST(ExplainWorker, lists_its_decisions_latest_first_and_what_it_holds) {
  House house("groups-by-state");
  house.join({.name = "ada", .slots = 2, .max_states = 2});
  house.join({.name = "bob", .queue = "other"});
  for (const char* state : {"german", "french"}) house.submit({.state = state});
  house.submit({.queue = "other"});
  const json::array rows = house.worker("ada");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(json::serialize(rows[0].at("holds")),
            R"([{"state":"german","jobs":1,"preloading":false,"pinned":false},)"
            R"({"state":"french","jobs":1,"preloading":false,"pinned":false}])");
  EXPECT_EQ(rows[0].at("busy").as_int64(), 2);
  const json::array& decisions = rows[0].at("decisions").as_array();
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(said(decisions[0].as_object(), "state"), "french");
  EXPECT_EQ(said(decisions[1].as_object(), "state"), "german");
  EXPECT_EQ(house.worker("ada", 1)[0].at("decisions").as_array().size(), 1U);
}

TEST(ExplainWorker, tells_what_is_loaded_ahead_of_any_job_and_pinned) {
  House house;
  house.join({.name = "ada"});
  house.pin("german");
  EXPECT_EQ(json::serialize(house.worker("ada")[0].at("holds")),
            R"([{"state":"german","jobs":0,"preloading":true,"pinned":true}])");
}

TEST(ExplainWorker, has_none_of_the_decisions_about_one_that_had_its_number) {
  House house;
  const WorkerId former = house.join({.name = "former"});
  house.finish(house.submit({}));
  house.leave(former);
  house.wait(seconds(1));
  house.join({.name = "new", .number = former.value});
  EXPECT_TRUE(house.worker("new")[0].at("decisions").as_array().empty());
}

TEST(ExplainWorker, has_a_row_for_each_of_that_name) {
  House house;
  house.join({.name = "ada"});
  house.join({.name = "ada"});
  EXPECT_EQ(house.worker("ada").size(), 2U);
}

TEST(ExplainWorker, names_the_nearest_when_there_is_none) {
  House house;
  house.join({.name = "ada"});
  const auto answer = explain_worker({"add"}, house.sources());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().context,
            "no worker is called 'add', did you mean 'ada'? (`steelyard ls workers` lists those "
            "that are connected)");
  const std::string endless(5'000'000, 'w');
  EXPECT_LT(explain_worker({endless}, house.sources()).error().context.size(), 300U);
}

TEST(WorkerQuestion, is_a_name_or_a_number_and_a_name) {
  EXPECT_EQ(WorkerQuestion::parse("a/b?last=3")->name, "a/b?last=3");
  EXPECT_EQ(WorkerQuestion::parse("a")->last, 20U);
  EXPECT_EQ(WorkerQuestion::parse("?last=1000/a/b")->name, "a/b");
  EXPECT_EQ(WorkerQuestion::parse("?last=1000/a")->last, 1'000U);
  for (const char* wrong :
       {"?last=", "?last=/a", "?last=0/a", "?last=1001/a", "?last=3", "?last=3a", "?last=-1/a"}) {
    EXPECT_FALSE(WorkerQuestion::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace steelyard::monitor
