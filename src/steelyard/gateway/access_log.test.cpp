#include "steelyard/gateway/access_log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace steelyard::gateway {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

http::AccessRecord record() {
  return {.peer = "127.0.0.1:9",
          .method = "GET",
          .target = "/a\"b\\\xff?n=1",
          .status = 200,
          .request_bytes = 3,
          .response_bytes = 12,
          .took = std::chrono::microseconds(1'234),
          .client_gone = false};
}

class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() : path_(testing::TempDir() + "access-" + std::to_string(::getpid()) + ".log") {}
  ~AccessLogTest() override {
    std::filesystem::remove(path_);
    std::filesystem::remove(path_ + ".1");
  }
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const std::string path_;
};

TEST(AccessLine, says_who_asked_what_and_how_it_went) {
  const auto now = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'000'000'001));
  EXPECT_EQ(
      access_line(record(), now),
      "1970-01-12T13:46:40.001Z 127.0.0.1:9 \"GET /a\\x22b\\x5C\\xFF?n=1\" 200 3 12 1.234 -\n");
  http::AccessRecord gone = record();
  gone.client_gone = true;
  EXPECT_THAT(access_line(gone, now), EndsWith(" 1.234 gone\n"));
}

TEST_F(AccessLogTest, appends_whole_lines) {
  std::ofstream(path_) << "before\n";
  const auto log = AccessLog::open(path_, {});
  ASSERT_TRUE(log);
  (*log)->write(record());
  (*log)->write(record());
  const std::string text = content(path_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.substr(0, 7), "before\n");
}

TEST_F(AccessLogTest, begins_a_new_file_when_the_old_one_was_moved) {
  const auto log = AccessLog::open(path_, {});
  ASSERT_TRUE(log);
  std::filesystem::rename(path_, path_ + ".1");
  (*log)->write(record());
  EXPECT_THAT(content(path_), HasSubstr("\" 200 3 12 "));
}

TEST_F(AccessLogTest, that_cannot_be_opened_says_why) {
  const auto log = AccessLog::open("/no/such/folder/log", {});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().context, "access log /no/such/folder/log: No such file or directory");
}

TEST(AccessLogFull, tells_once_that_lines_are_lost) {
  std::vector<std::uint64_t> told;
  const auto log = AccessLog::open(
      "/dev/full", [&told](std::uint64_t lines, const std::string&) { told.push_back(lines); });
  ASSERT_TRUE(log);
  for (int i = 0; i < 5; ++i) (*log)->write(record());
  EXPECT_EQ(told, std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace steelyard::gateway
