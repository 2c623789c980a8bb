#include "steelyard/hub/crew.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GroupSpec group(std::uint32_t min, std::uint32_t max) {
  GroupSpec spec;
  spec.name = "ocr";
  spec.queues = {"ocr"};
  spec.process.words = {"worker"};
  spec.size = {.min = min, .max = max, .idle = seconds(10)};
  spec.restarts = {.first = seconds(1), .longest = seconds(8), .give_up_after_crashes = 4};
  spec.stop_grace = seconds(30);
  return spec;
}

/// A group whose workers begin and end when the test says so.
class CrewTest : public testing::Test {
 protected:
  void begin(const GroupSpec& spec) {
    crew_.emplace(spec);
    take(crew_->time_passed(now_, std::nullopt));
  }
  void take(const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* start = std::get_if<StartWorker>(&action)) {
        done_.push_back("start " + start->name);
        names_[start->member] = start->name;
      } else if (const auto* stop = std::get_if<StopWorker>(&action)) {
        done_.push_back("stop " + names_.at(stop->member));
      } else if (const auto* kill = std::get_if<KillWorker>(&action)) {
        done_.push_back("kill " + names_.at(kill->member));
      } else {
        told_.push_back(std::get<Tell>(action).sentence);
      }
    }
  }
  MemberId id_of(const std::string& name) const {
    for (auto at = names_.rbegin(); at != names_.rend(); ++at) {
      if (at->second == name) return at->first;
    }
    ADD_FAILURE() << name;
    return {};
  }
  void ready(const std::string& name) { take(crew_->became_ready(now_, id_of(name))); }
  void end(const std::string& name, bool success = false) {
    take(crew_->ended(now_, id_of(name), success ? "exit status 0" : "exit status 3: no model",
                      success));
  }
  void pass(Duration time, const std::optional<Demand>& demand = std::nullopt) {
    now_ += time;
    take(crew_->time_passed(now_, demand, is_idle_));
  }
  std::vector<std::string> done() { return std::exchange(done_, {}); }

  TimePoint now_{seconds(100)};
  std::optional<Crew> crew_;
  std::map<MemberId, std::string> names_;
  std::vector<std::string> done_;
  std::vector<std::string> told_;
  std::function<bool(const std::string&)> is_idle_;
};

TEST_F(CrewTest, starts_as_many_as_it_needs_at_least) {
  begin(group(2, 4));
  EXPECT_THAT(done(), ElementsAre("start ocr-1", "start ocr-2"));
  EXPECT_EQ(crew_->starting(), 2U);
  ready("ocr-1");
  EXPECT_EQ(crew_->running(), 1U);
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(CrewTest, the_only_worker_has_the_name_of_the_group) {
  begin(group(1, 1));
  EXPECT_THAT(done(), ElementsAre("start ocr"));
}

TEST_F(CrewTest, one_that_crashed_is_started_again_after_a_pause_that_doubles) {
  begin(group(1, 1));
  done();
  for (const int pause_s : {1, 2, 4}) {
    end("ocr");
    EXPECT_EQ(crew_->state(), GroupState::BackingOff);
    EXPECT_EQ(crew_->next_deadline(), now_ + seconds(pause_s));
    pass(seconds(pause_s) - milliseconds(1));
    EXPECT_THAT(done(), IsEmpty());
    pass(milliseconds(1));
    EXPECT_THAT(done(), ElementsAre("start ocr"));
  }
  EXPECT_EQ(told_.front(),
            "ocr ended: exit status 3: no model; the next try is in 1 s (crash 1 in a row)");
  EXPECT_EQ(crew_->evidence(), "ocr: exit status 3: no model");
}

TEST_F(CrewTest, the_pause_is_bounded_and_a_healthy_time_begins_it_anew) {
  GroupSpec spec = group(1, 1);
  spec.restarts.give_up_after_crashes = 1'000;
  begin(spec);
  for (int i = 0; i < 10; ++i) {
    end("ocr");
    pass(seconds(8));
  }
  EXPECT_EQ(crew_->alive(), 1U);
  pass(seconds(10));
  EXPECT_EQ(crew_->state(), GroupState::Running);
  end("ocr");
  EXPECT_EQ(crew_->next_deadline(), now_ + seconds(1));
}

TEST_F(CrewTest, is_given_up_after_so_many_crashes_in_a_row_with_the_evidence) {
  begin(group(1, 1));
  for (int i = 0; i < 4; ++i) {
    end("ocr");
    pass(seconds(8));
  }
  EXPECT_EQ(crew_->state(), GroupState::GivenUp);
  EXPECT_EQ(crew_->alive(), 0U);
  EXPECT_EQ(told_.back(),
            "group ocr is given up after 4 crashes in a row; the last one: ocr: exit status 3: no "
            "model. Mend its command, then `steelyard reload`");
  done();
  pass(std::chrono::hours(1), Demand{.queued = 9});
  EXPECT_THAT(done(), IsEmpty());
  take(crew_->reconfigure(now_, crew_->spec()));
  EXPECT_THAT(done(), ElementsAre("start ocr"));
}

TEST_F(CrewTest, crashes_long_apart_are_no_reason_to_give_up) {
  GroupSpec spec = group(1, 1);
  spec.restarts.give_up_within = seconds(10);
  begin(spec);
  for (int i = 0; i < 50; ++i) {
    end("ocr");
    pass(seconds(8));
  }
  EXPECT_EQ(crew_->state(), GroupState::BackingOff);
}

TEST_F(CrewTest, is_not_given_up_while_one_of_it_may_still_turn_out_well) {
  GroupSpec spec = group(2, 2);
  spec.restarts.give_up_after_crashes = 1;
  begin(spec);
  end("ocr-1");
  EXPECT_EQ(crew_->state(), GroupState::BackingOff);
  pass(seconds(10));
  EXPECT_EQ(crew_->state(), GroupState::Running);
}

TEST_F(CrewTest, is_not_given_up_while_others_of_it_are_healthy) {
  begin(group(2, 2));
  ready("ocr-1");
  ready("ocr-2");
  pass(seconds(10));
  for (int i = 0; i < 20; ++i) {
    end("ocr-2");
    pass(seconds(8));
  }
  EXPECT_EQ(crew_->state(), GroupState::BackingOff);
  EXPECT_EQ(crew_->alive(), 2U);
}

TEST_F(CrewTest, crashes_of_workers_that_were_started_together_count_once) {
  begin(group(4, 4));
  done();
  for (const char* name : {"ocr-1", "ocr-2", "ocr-3", "ocr-4"}) end(name);
  EXPECT_EQ(crew_->restarting().crashes_in_a_row(), 1U);
  pass(seconds(1));
  EXPECT_THAT(done(), ElementsAre("start ocr-1", "start ocr-2", "start ocr-3", "start ocr-4"));
  for (const char* name : {"ocr-1", "ocr-2", "ocr-3", "ocr-4"}) end(name);
  pass(seconds(2));
  EXPECT_THAT(done(), ElementsAre("start ocr-1")) << "now one is tried at a time";
  pass(seconds(10));
  EXPECT_THAT(done(), ElementsAre("start ocr-2", "start ocr-3", "start ocr-4"));
}

TEST_F(CrewTest, healthy_ones_that_end_together_have_crashed_once) {
  begin(group(8, 8));
  for (int i = 1; i <= 8; ++i) ready("ocr-" + std::to_string(i));
  pass(seconds(3'600));
  for (int i = 1; i <= 8; ++i) end("ocr-" + std::to_string(i));
  EXPECT_EQ(crew_->state(), GroupState::BackingOff);
  EXPECT_EQ(crew_->restarting().crashes_in_a_row(), 1U);
  static_cast<void>(done());
  pass(seconds(1));
  EXPECT_EQ(done().size(), 8U);
}

TEST_F(CrewTest, one_that_ends_well_at_once_has_crashed_all_the_same) {
  begin(group(1, 1));
  end("ocr", true);
  EXPECT_EQ(crew_->restarting().crashes_in_a_row(), 1U);
}

TEST_F(CrewTest, one_that_was_drained_is_followed_at_once) {
  begin(group(1, 1));
  ready("ocr");
  pass(seconds(10));
  done();
  end("ocr", true);
  EXPECT_THAT(done(), ElementsAre("start ocr"));
  EXPECT_EQ(crew_->state(), GroupState::Running);
}

TEST_F(CrewTest, one_that_does_not_stop_is_killed_after_the_grace_and_named) {
  begin(group(1, 1));
  ready("ocr");
  done();
  take(crew_->stop(now_));
  EXPECT_THAT(done(), ElementsAre("stop ocr"));
  pass(seconds(30) - milliseconds(1));
  EXPECT_THAT(done(), IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(done(), ElementsAre("kill ocr"));
  EXPECT_EQ(told_.back(),
            "ocr did not end within 30 s of being told to (stop_grace_s), so it is killed");
  EXPECT_FALSE(crew_->is_over());
  end("ocr");
  EXPECT_TRUE(crew_->is_over());
}

TEST_F(CrewTest, follows_the_load_and_stops_idle_workers_first) {
  begin(group(0, 4));
  EXPECT_THAT(done(), IsEmpty());
  const Demand much{.queued = 100, .mean_run = seconds(10)};
  for (const char* name : {"ocr-1", "ocr-2", "ocr-3", "ocr-4"}) {
    pass(seconds(1), much);
    if (crew_->alive() > 2) break;
    ready(name);
  }
  EXPECT_THAT(done(), ElementsAre("start ocr-1", "start ocr-2", "start ocr-3", "start ocr-4"));
  EXPECT_THAT(told_.back(), HasSubstr("group ocr: 2 → 4 workers: 100 jobs wait"));
  ready("ocr-3");
  ready("ocr-4");
  is_idle_ = [](const std::string& name) { return name == "ocr-2"; };
  for (int i = 0; i < 11; ++i) pass(seconds(1), Demand{.running = 3, .slots = 4});
  EXPECT_THAT(done(), ElementsAre("stop ocr-2"));
}

TEST_F(CrewTest, while_the_broker_is_silent_the_number_stays) {
  begin(group(0, 4));
  pass(seconds(1), Demand{.queued = 1});
  done();
  for (int i = 0; i < 100; ++i) pass(seconds(1));
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(CrewTest, a_changed_command_replaces_one_worker_after_the_other_the_new_one_first) {
  begin(group(2, 2));
  ready("ocr-1");
  ready("ocr-2");
  done();
  GroupSpec other = group(2, 2);
  other.process.words = {"worker", "--slots", "2"};
  take(crew_->reconfigure(now_, other));
  EXPECT_THAT(done(), ElementsAre("start ocr-3"));
  ready("ocr-3");
  EXPECT_THAT(done(), ElementsAre("stop ocr-2", "start ocr-4"));
  end("ocr-2", true);
  EXPECT_THAT(done(), IsEmpty());
  ready("ocr-4");
  EXPECT_THAT(done(), ElementsAre("stop ocr-1"));
  end("ocr-1", true);
  pass(seconds(1));
  EXPECT_THAT(done(), IsEmpty());
  EXPECT_EQ(crew_->running(), 2U);
}

TEST_F(CrewTest, a_changed_command_that_does_not_work_replaces_nobody) {
  begin(group(2, 2));
  ready("ocr-1");
  ready("ocr-2");
  pass(seconds(10));
  done();
  GroupSpec other = group(2, 2);
  other.process.words = {"worker", "--slots", "2"};
  take(crew_->reconfigure(now_, other));
  for (int i = 0; i < 10; ++i) {
    end("ocr-3");
    pass(seconds(8));
  }
  EXPECT_THAT(done(), testing::Each("start ocr-3"));
  EXPECT_EQ(crew_->running(), 2U);
}

TEST_F(CrewTest, other_bounds_start_or_stop_workers_and_replace_none) {
  begin(group(2, 2));
  ready("ocr-1");
  ready("ocr-2");
  done();
  take(crew_->reconfigure(now_, group(3, 3)));
  EXPECT_THAT(done(), ElementsAre("start ocr-3"));
  take(crew_->reconfigure(now_, group(1, 1)));
  EXPECT_THAT(done(), ElementsAre("stop ocr-3", "stop ocr-2"));
  EXPECT_EQ(told_.back(), "group ocr: 3 → 1 worker: the bounds are 1 to 1 now");
}

TEST_F(CrewTest, a_program_is_ready_when_it_has_lived_for_a_second) {
  GroupSpec spec = group(1, 1);
  spec.process.is_program = true;
  begin(spec);
  EXPECT_EQ(crew_->running(), 0U);
  pass(seconds(1));
  EXPECT_EQ(crew_->running(), 1U);
}

TEST_F(CrewTest, a_program_that_fails_at_once_replaces_nobody) {
  GroupSpec spec = group(1, 1);
  spec.process.is_program = true;
  begin(spec);
  pass(seconds(10));
  done();
  spec.process.words = {"other"};
  take(crew_->reconfigure(now_, spec));
  EXPECT_THAT(done(), ElementsAre("start ocr-2"));
  end("ocr-2");
  pass(seconds(1));
  EXPECT_THAT(done(), ElementsAre("start ocr-2"));
  EXPECT_EQ(crew_->running(), 1U);
  pass(seconds(1));
  EXPECT_THAT(done(), ElementsAre("stop ocr"));
}

TEST(GroupDifferences, are_said_by_name_with_old_and_new) {
  GroupSpec a = group(1, 1);
  a.settings = {{"exec", "\"x\""}, {"max", "3"}};
  GroupSpec b = a;
  b.settings = {{"exec", "\"x\""}, {"max", "5"}, {"nice", "10"}};
  GroupSpec gone = a;
  gone.name = "gone";
  GroupSpec fresh = a;
  fresh.name = "fresh";
  EXPECT_THAT(
      differences({gone, a}, {b, fresh}),
      ElementsAre("- group gone", "~ group ocr: max 3 → 5; nice (none) → 10", "+ group fresh"));
  EXPECT_THAT(differences({a}, {a}), IsEmpty());
}

}  // namespace
}  // namespace steelyard::hub
