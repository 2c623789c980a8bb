#include "steelyard/hub/memory_use.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace steelyard::hub {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// A process table of the test's own.
class MemoryUseTest : public testing::Test {
 protected:
  MemoryUseTest() : folder_(testing::TempDir() + fmt::format("steelyard-proc-{}", ::getpid())) {
    std::filesystem::create_directory(folder_);
  }
  ~MemoryUseTest() override { std::filesystem::remove_all(folder_); }

  struct Line {
    int process;
    int parent;
    int session;
    int pages;
  };
  void add(const Line& line) const {
    std::filesystem::create_directory(fmt::format("{}/{}", folder_, line.process));
    std::ofstream(fmt::format("{}/{}/stat", folder_, line.process))
        << fmt::format("{} (a (b) c) S {} {} {} 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 99 4096 {} 1 2\n",
                       line.process, line.parent, line.session, line.session, line.pages);
  }
  [[nodiscard]] std::uint64_t pages(int count) const {
    return static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }

  std::string folder_;
};

TEST_F(MemoryUseTest, is_that_of_the_process_all_below_it_and_its_session) {
  add({.process = 10, .parent = 1, .session = 10, .pages = 1});
  add({.process = 11, .parent = 10, .session = 11, .pages = 2});  // a child
  add({.process = 12, .parent = 11, .session = 11, .pages = 4});  // its child
  add({.process = 13, .parent = 1, .session = 10, .pages = 8});   // its parent has gone
  add({.process = 20, .parent = 1, .session = 20, .pages = 16});  // another's
  add({.process = 21, .parent = 20, .session = 21, .pages = 32});
  EXPECT_THAT(memory_of_trees({10, 20, 99}, folder_),
              ElementsAre(Pair(10, pages(15)), Pair(20, pages(48)), Pair(99, 0)));
}

TEST_F(MemoryUseTest, of_this_very_process_is_more_than_nothing) {
  EXPECT_GT(memory_of_trees({::getpid()}).at(::getpid()), 100'000U);
}

}  // namespace
}  // namespace steelyard::hub
