#include "steelyard/runtime/task/worker_state.hpp"

#include <memory>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// Counts how many of its kind there are.
struct Model {
  explicit Model(std::shared_ptr<int> alive) : life(std::move(alive)) {}
  std::shared_ptr<int> life;
};

class WorkerStateTest : public testing::Test {
 protected:
  void load(WorkerState& state, const std::string& name) {
    state.get_or_load<Model>(name, [this] { return Model(life_); });
  }
  void fail(WorkerState& state, const std::string& name) {
    const auto broken = []() -> Model { throw std::runtime_error("no such file"); };
    EXPECT_THROW(state.get_or_load<Model>(name, broken), std::runtime_error);
  }
  [[nodiscard]] long alive() const { return life_.use_count() - 1; }

  std::shared_ptr<int> life_ = std::make_shared<int>(0);
  WorkerState one_;
  WorkerState two_{2};
};

TEST_F(WorkerStateTest, holds_one_and_destroys_it_before_the_next_is_loaded) {
  load(one_, "a");
  one_.get_or_load<Model>("b", [this] {
    EXPECT_EQ(alive(), 0);
    return Model(life_);
  });
  EXPECT_THAT(one_.names(), ElementsAre("b"));
  EXPECT_EQ(one_.loads(), 2u);
}

TEST_F(WorkerStateTest, what_is_held_is_not_loaded_again) {
  load(two_, "a");
  load(two_, "b");
  load(two_, "a");
  EXPECT_EQ(two_.loads(), 2u);
  EXPECT_EQ(two_.name(), "a");
}

TEST_F(WorkerStateTest, gives_up_the_least_recently_used_when_it_is_full) {
  load(two_, "a");
  load(two_, "b");
  load(two_, "a");
  load(two_, "c");
  EXPECT_THAT(two_.names(), ElementsAre("a", "c"));
  EXPECT_EQ(alive(), 2);
}

TEST_F(WorkerStateTest, gives_up_what_it_is_told_to) {
  load(two_, "a");
  load(two_, "b");
  two_.evict("b");
  two_.evict("never held");
  load(two_, "c");
  EXPECT_THAT(two_.names(), ElementsAre("a", "c"));
}

TEST_F(WorkerStateTest, references_stay_valid_while_others_come_and_go) {
  int& a = two_.get_or_load<int>("a", [] { return 1; });
  two_.get_or_load<int>("b", [] { return 2; });
  EXPECT_EQ(&two_.get_or_load<int>("a", [] { return 3; }), &a);
  two_.get_or_load<int>("c", [] { return 4; });
  EXPECT_EQ(a, 1);
}

TEST_F(WorkerStateTest, a_load_that_throws_leaves_its_state_not_held_and_the_others_alone) {
  load(two_, "a");
  fail(two_, "b");
  EXPECT_THAT(two_.names(), ElementsAre("a"));
  EXPECT_TRUE(two_.notes_about("b").load_failed);
  EXPECT_EQ(two_.notes_about("b").load_time, milliseconds(0));
  load(two_, "b");
  EXPECT_FALSE(two_.notes_about("b").load_failed);
}

TEST_F(WorkerStateTest, another_type_is_another_state) {
  one_.get_or_load<int>("a", [] { return 1; });
  EXPECT_EQ(one_.get_or_load<std::string>("a", [] { return std::string("x"); }), "x");
  EXPECT_EQ(one_.loads(), 2u);
}

TEST_F(WorkerStateTest, notes_what_a_load_took_and_the_size_of_what_was_used_last) {
  load(two_, "a");
  two_.set_bytes(7);
  EXPECT_GT(two_.notes_about("a").load_time.count(), 0);
  EXPECT_EQ(two_.notes_about("a").bytes, 7u);
  two_.begin_job();
  load(two_, "a");
  EXPECT_EQ(two_.notes_about("a").load_time.count(), 0);
}

TEST_F(WorkerStateTest, follows_what_is_kept_elsewhere) {
  EXPECT_FALSE(one_.holding());
  one_.mark_loaded("a", milliseconds(5));
  EXPECT_EQ(one_.notes_about("a").load_time, milliseconds(5));
  EXPECT_THAT(*one_.holding(), ElementsAre("a"));
  one_.mark_failed("a");
  EXPECT_TRUE(one_.notes_about("a").load_failed);
  EXPECT_THAT(*one_.holding(), IsEmpty());
}

TEST_F(WorkerStateTest, passes_on_what_a_job_says_about_states_held_elsewhere) {
  one_.keep_elsewhere("x", {.load_time = milliseconds(3), .bytes = 9}, {{"x", "y"}});
  EXPECT_EQ(one_.notes_about("x").load_time, milliseconds(3));
  EXPECT_EQ(one_.notes_about("x").bytes, 9u);
  EXPECT_THAT(*one_.holding(), ElementsAre("x", "y"));
  EXPECT_THAT(one_.names(), IsEmpty());
  one_.begin_job();
  EXPECT_FALSE(one_.holding());
}

TEST_F(WorkerStateTest, views_share_states_and_keep_their_notes_apart) {
  WorkerState first = two_.for_job();
  WorkerState second = two_.for_job();
  load(first, "a");
  load(second, "a");
  EXPECT_GT(first.notes_about("a").load_time.count(), 0);
  EXPECT_EQ(second.notes_about("a").load_time.count(), 0);
  EXPECT_THAT(two_.names(), ElementsAre("a"));
}

TEST_F(WorkerStateTest, its_revision_tells_of_every_change) {
  load(one_, "a");
  const std::uint64_t before = one_.revision();
  load(one_, "a");
  EXPECT_EQ(one_.revision(), before);
  one_.evict("a");
  EXPECT_NE(one_.revision(), before);
}

}  // namespace
}  // namespace steelyard
