#include "steelyard/runtime/zmq/ipc_file.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "steelyard/runtime/zmq/socket.hpp"

namespace steelyard::zmq_runtime {
namespace {

using testing::HasSubstr;

class IpcFileTest : public testing::Test {
 protected:
  IpcFileTest() { std::filesystem::remove(path_); }
  ~IpcFileTest() override { std::filesystem::remove(path_); }

  Socket socket() { return {std::make_shared<Context>(), Socket::Kind::Router, 1}; }

  const std::string path_ = testing::TempDir() + "steelyard-ipc-" + std::to_string(getpid());
  const std::string endpoint_ = "ipc://" + path_;
};

TEST_F(IpcFileTest, is_gone_with_the_socket_that_listened) {
  {
    Socket listener = socket();
    ASSERT_TRUE(listener.bind(endpoint_));
    EXPECT_TRUE(std::filesystem::is_socket(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(IpcFileTest, of_a_program_that_listens_is_not_taken_over) {
  Socket first = socket();
  ASSERT_TRUE(first.bind(endpoint_));
  {
    Socket second = socket();
    const auto bound = second.bind(endpoint_);
    ASSERT_FALSE(bound);
    EXPECT_THAT(bound.error().context, HasSubstr("in use"));
  }
  EXPECT_TRUE(std::filesystem::is_socket(path_));
}

TEST_F(IpcFileTest, left_by_a_killed_program_makes_way) {
  const std::string kept = path_ + ".kept";
  {
    Socket killed = socket();
    ASSERT_TRUE(killed.bind(endpoint_));
    // Under another name it is not found and stays, as if nobody had cleaned up.
    std::filesystem::rename(path_, kept);
  }
  std::filesystem::rename(kept, path_);
  Socket next = socket();
  EXPECT_TRUE(next.bind(endpoint_));
}

TEST_F(IpcFileTest, whose_path_is_too_long_is_left_alone) {
  const std::filesystem::path folder = path_ + "-" + std::string(120, 'x');
  std::filesystem::create_directory(folder);
  Socket anothers = socket();
  ASSERT_TRUE(anothers.bind(endpoint_));
  std::filesystem::rename(path_, folder / "socket");
  Socket listener = socket();
  EXPECT_FALSE(listener.bind("ipc://" + (folder / "socket").string()));
  EXPECT_TRUE(std::filesystem::is_socket(folder / "socket"));
  std::filesystem::remove_all(folder);
}

TEST_F(IpcFileTest, with_an_invented_name_leaves_nothing_behind) {
  std::string path;
  {
    Socket listener = socket();
    const auto bound = listener.bind("ipc://*");
    ASSERT_TRUE(bound);
    path = bound->substr(std::string_view("ipc://").size());
    EXPECT_TRUE(std::filesystem::is_socket(path));
  }
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_F(IpcFileTest, that_is_no_socket_is_left_alone) {
  std::ofstream(path_) << "precious";
  {
    Socket listener = socket();
    const auto bound = listener.bind(endpoint_);
    ASSERT_FALSE(bound);
    EXPECT_THAT(bound.error().context, HasSubstr("no socket"));
  }
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(IpcFileTest, that_has_become_anothers_is_left_alone) {
  {
    const IpcFile mine(endpoint_);
    std::ofstream(path_) << "another's";
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace steelyard::zmq_runtime
