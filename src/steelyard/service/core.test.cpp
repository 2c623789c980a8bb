#include "steelyard/service/core.hpp"

#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "steelyard/runtime/task/file_descriptor.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace steelyard {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class CoreTest : public testing::Test {
 protected:
  ~CoreTest() override { std::filesystem::remove(file_); }
  std::string file_with(const std::string& text) {
    std::ofstream(file_) << text;
    return file_;
  }

  const std::string file_ = testing::TempDir() + fmt::format("steelyard-core-{}", ::getpid());
};

/// What is answered to a request; "127.0.0.1:80" is the address.
std::string ask(const std::string& address, const std::string& request) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  ::inet_pton(AF_INET, address.substr(0, address.find(':')).c_str(), &where.sin_addr);
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  if (::connect(socket.get(), generic, sizeof where) != 0) return "not connected";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return "not sent";
  std::string answer;
  char buffer[1024];
  for (ssize_t size = 1; size > 0;) {
    size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size > 0) answer.append(buffer, static_cast<std::size_t>(size));
  }
  return answer;
}

TEST_F(CoreTest, is_started_by_one_call_and_serves_workers_clients_and_http) {
  const auto core = Core::start(file_with(R"({
    "broker": {"listen": ["tcp://127.0.0.1:0"]},
    "gateway": {"http": "127.0.0.1:0", "routes": [{"path": "/shout", "queue": "shout"}]}
  })"));
  ASSERT_TRUE(core) << core.error().context;
  ASSERT_THAT((*core)->endpoints(), SizeIs(1));
  Worker worker({.endpoint = (*core)->endpoints().front()});
  ASSERT_TRUE(worker.serve("shout", [](const Work&, WorkerState&) -> Answer { return {"HO"}; }));
  std::jthread working([&worker] { static_cast<void>(worker.run()); });
  {
    Client client({.endpoint = (*core)->endpoints().front()});
    EXPECT_EQ(client.submit("shout", "ho").wait().value(), "HO");
  }
  EXPECT_THAT(ask((*core)->http(), "GET /shout HTTP/1.0\r\n\r\n"), HasSubstr("\r\n\r\nHO"));
  worker.stop();
  working.join();
  (*core)->stop();
  (*core)->wait();
  EXPECT_EQ(ask((*core)->http(), "GET /shout HTTP/1.0\r\n\r\n"), "not connected");
}

TEST_F(CoreTest, without_the_section_gateway_there_is_no_http) {
  const auto core = Core::start(file_with(R"({"broker": {"listen": ["tcp://127.0.0.1:0"]}})"));
  ASSERT_TRUE(core) << core.error().context;
  EXPECT_EQ((*core)->http(), "");
}

TEST_F(CoreTest, says_which_setting_is_wrong_before_anything_runs) {
  const auto wrong = Core::start(file_with(R"({"gateway": {"http": "nowhere"}})"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().context,
              HasSubstr(":1:22: gateway.http: 'nowhere' is not ADDRESS:PORT"));
  const auto beyond = Core::start(file_with(R"({"broker": {"listen": ["tcp://192.0.2.1:7411"]}})"));
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().context, HasSubstr("broker: "));
  EXPECT_FALSE(Core::start("/no/such/file"));
}

}  // namespace
}  // namespace steelyard
