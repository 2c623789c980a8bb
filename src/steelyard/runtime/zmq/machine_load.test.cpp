#include "steelyard/runtime/zmq/machine_load.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace steelyard::zmq_runtime {
namespace {

class MachineLoadTest : public testing::Test {
 protected:
  ~MachineLoadTest() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_) << text; }

  const std::string path_ = (std::filesystem::temp_directory_path() /
                             ("steelyard-proc-stat-" + std::to_string(::getpid())))
                                .string();
};

TEST_F(MachineLoadTest, is_the_busy_part_of_the_time_since_the_last_look) {
  write("cpu 100 0 0 900 0 0 0 0 0 0\ncpu0 1 1 1 1\n");
  MachineLoad load(path_);
  write("cpu 150 0 20 930 0 0 0 0 0 0\n");
  EXPECT_EQ(load.look(), 7);
  write("cpu 150 0 20 1030 0 0 0 0 0 0\n");
  EXPECT_EQ(load.look(), 0);
}

TEST_F(MachineLoadTest, waiting_for_a_disk_is_not_work_and_interrupts_are) {
  write("cpu 0 0 0 0 0 0 0 0\n");
  MachineLoad load(path_);
  write("cpu 0 0 0 10 70 5 5 10 999 999\n");
  EXPECT_EQ(load.look(), 2);
}

TEST_F(MachineLoadTest, stays_while_no_tick_has_passed) {
  write("cpu 0 0 0 0\n");
  MachineLoad load(path_);
  write("cpu 90 0 0 10\n");
  EXPECT_EQ(load.look(), 9);
  EXPECT_EQ(load.look(), 9);
}

TEST_F(MachineLoadTest, is_nothing_when_the_file_is_missing_or_says_something_else) {
  EXPECT_EQ(MachineLoad("").look(), 0);
  EXPECT_EQ(MachineLoad("/no/such/file").look(), 0);
  write("cpu 0 0 0 0\n");
  MachineLoad load(path_);
  write("cpu 90 0 0 10\n");
  load.look();
  write("hello\n");
  EXPECT_EQ(load.look(), 0);
}

TEST_F(MachineLoadTest, counts_that_began_anew_are_a_new_beginning) {
  write("cpu 900 0 0 100\n");
  MachineLoad load(path_);
  write("cpu 1 0 0 1\n");
  load.look();
  write("cpu 1 0 0 11\n");
  EXPECT_EQ(load.look(), 0);
}

TEST_F(MachineLoadTest, of_this_machine_can_be_read) {
  MachineLoad load;
  EXPECT_LE(load.look(), 10);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
