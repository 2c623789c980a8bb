#include "steelyard/runtime/task/temporary_folder.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(TemporaryFolder, is_another_one_each_time_and_vanishes_with_what_is_in_it) {
  std::filesystem::path path;
  {
    const auto folder = TemporaryFolder::make("steelyard-task").value();
    const auto other = TemporaryFolder::make("steelyard-task").value();
    path = folder->path();
    EXPECT_NE(path, other->path());
    EXPECT_EQ(path.filename().string().substr(0, 15), "steelyard-task-");
    std::filesystem::create_directory(path / "inner");
    std::ofstream(path / "inner" / "file") << "text";
    EXPECT_TRUE(std::filesystem::exists(path / "inner" / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, that_cannot_be_made_is_an_error) {
  const auto made = TemporaryFolder::make("no/such/folder");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::SystemError);
}

}  // namespace
}  // namespace steelyard
