#include "steelyard/runtime/recording/recording_file.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace steelyard {
namespace {

using testing::StartsWith;

class RecordingFileTest : public testing::Test {
 protected:
  RecordingFileTest()
      : path_(testing::TempDir() + "recording-" + std::to_string(getpid()) + "-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~RecordingFileTest() override { std::filesystem::remove(path_); }

  [[nodiscard]] std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static std::string end(std::string_view why) {
    std::string bytes;
    trace::append_end(bytes, why);
    return bytes;
  }

  std::string path_;
};

TEST_F(RecordingFileTest, has_every_block_and_its_end) {
  {
    const auto file = RecordingFile::create(path_, {});
    ASSERT_TRUE(file);
    for (const char* block : {"one ", "two ", "three "}) EXPECT_TRUE((*file)->take(block));
  }
  EXPECT_EQ(content(), "one two three " + end(""));
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(RecordingFileTest, is_not_put_in_the_place_of_another) {
  std::ofstream(path_) << "precious";
  const auto file = RecordingFile::create(path_, {});
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().context, StartsWith(path_ + ": "));
  EXPECT_EQ(content(), "precious");
  ASSERT_TRUE(RecordingFile::create(path_, {.overwrite = true}));
  EXPECT_EQ(content(), end(""));
}

TEST_F(RecordingFileTest, ends_with_a_word_when_it_is_as_large_as_it_may_be) {
  std::string why;
  {
    const auto file =
        RecordingFile::create(path_, {.max_bytes = 1'000,
                                      .max_waiting_bytes = UINT64_MAX,
                                      .stopped = [&](std::string_view reason) { why = reason; }});
    ASSERT_TRUE(file);
    // The writer may be behind, so that more is taken than is written.
    while ((*file)->take(std::string(100, 'x'))) {
    }
  }
  EXPECT_EQ(why, "the file is as large as it may be, 1000 bytes");
  EXPECT_EQ(content(), std::string(700, 'x') + end(why));
  EXPECT_LE(content().size(), 1'000U);
}

TEST_F(RecordingFileTest, stops_when_it_cannot_be_written) {
  std::string why;
  {
    const auto file = RecordingFile::create(
        "/dev/full", {.max_waiting_bytes = UINT64_MAX,
                      .overwrite = true,
                      .stopped = [&](std::string_view reason) { why = reason; }});
    ASSERT_TRUE(file);
    while ((*file)->take("x")) {
    }
  }
  EXPECT_THAT(why, StartsWith("the file cannot be written: "));
}

TEST_F(RecordingFileTest, stops_when_too_much_waits_for_the_disk) {
  std::string why;
  std::signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  // Nobody reads from the pipe, which soon is full: a disk that takes nothing.
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  const auto file =
      RecordingFile::create(path_, {.max_waiting_bytes = 1 << 20,
                                    .overwrite = true,
                                    .stopped = [&](std::string_view reason) { why = reason; }});
  ASSERT_TRUE(file);
  std::size_t taken = 0;
  while ((*file)->take(std::string(100'000, 'x'))) ++taken;
  EXPECT_GE(taken, 10U);
  EXPECT_LE(taken, 30U);
  EXPECT_FALSE((*file)->take("x"));
  EXPECT_EQ(why, "the disk is too slow for it, more than 1048576 bytes would wait");
  close(reader);
}

}  // namespace
}  // namespace steelyard
