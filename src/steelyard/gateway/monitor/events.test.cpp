#include "steelyard/gateway/monitor/events.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/metrics/sample.test.hpp"

namespace steelyard::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Client final : public http::Exchange {
 public:
  explicit Client(boost::asio::io_context& thread) : thread_(thread) {}

  void respond(http::Response response) override { answer = std::move(response); }
  void begin_stream(http::Response head) override { answer = std::move(head); }
  void send(std::string bytes) override { sent.push_back(std::move(bytes)); }
  void end() override {
    ended = true;
    go = nullptr;  // it holds who listens
  }
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent; }
  void when_unsent_at_most(std::size_t, std::function<void()>) override {}
  void when_gone(std::function<void()> gone) override { go = std::move(gone); }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return thread_.get_executor(); }

  http::Response answer;
  std::vector<std::string> sent;
  bool ended = false;
  std::size_t unsent = 0;
  std::function<void()> go;

 private:
  boost::asio::io_context& thread_;
};

struct MonitorEvents : testing::Test {
  ~MonitorEvents() override {
    board->close();
    run();
  }
  std::shared_ptr<Client> listen(const std::string& query = "") {
    auto client = std::make_shared<Client>(thread);
    http::Request::Message message;
    message.method_string("GET");
    message.target("/monitor/events" + query);
    calls.at(0).call(http::Request(std::move(message), "127.0.0.1:1"), {}, client);
    run();
    return client;
  }
  void write() {
    SnapshotText snapshot = SnapshotText::read(Sample().text()).value();
    const Moment moment = Moment::read(snapshot).value();
    board->write(std::make_shared<const Sighting>(Board::Clock::now(), std::move(snapshot)),
                 moment);
    run();
  }
  void run() {
    thread.restart();
    thread.run();
  }

  boost::asio::io_context thread;
  std::shared_ptr<Board> board = std::make_shared<Board>();
  std::vector<EndpointEntry> calls = monitor_endpoints(board, true);
};

TEST_F(MonitorEvents, wait_until_something_is_known) {
  const auto client = listen();
  EXPECT_EQ(client->answer.content_type, "text/event-stream");
  EXPECT_TRUE(client->sent.empty());
  write();
  ASSERT_EQ(client->sent.size(), 2U);
  EXPECT_THAT(client->sent[0],
              StartsWith("event: hello\ndata: {\"actions\":true,\"connected\":true,\"history\":{"));
  EXPECT_THAT(client->sent[1], StartsWith("event: snapshot\ndata: {"));
}

TEST_F(MonitorEvents, begin_with_what_is_known) {
  write();
  EXPECT_EQ(listen()->sent.size(), 2U);
}

TEST_F(MonitorEvents, have_the_tables_that_were_asked_for) {
  write();
  const auto client = listen("?tables=states");
  EXPECT_THAT(client->sent.at(1), HasSubstr("\"states\":{"));
  EXPECT_THAT(client->sent.at(1), Not(HasSubstr("\"queues\":{")));
  EXPECT_EQ(listen("?tables=jobs")->answer.status, 400U);
  EXPECT_EQ(listen("?table=queues")->answer.status, 400U);
}

TEST_F(MonitorEvents, say_that_the_broker_is_away) {
  board->write_away(std::chrono::milliseconds(3'200), "it \"went\"\n");
  const auto client = listen();
  EXPECT_THAT(client->sent.at(0), HasSubstr("\"connected\":false"));
  EXPECT_EQ(
      client->sent.at(1),
      "event: broker\ndata: {\"connected\":false,\"for_s\":3.2,\"why\":\"it \\\"went\\\"\\n\"}"
      "\n\n");
  write();
  EXPECT_THAT(client->sent.at(2), StartsWith("event: snapshot\n"));
}

TEST_F(MonitorEvents, are_dropped_for_who_does_not_take_them) {
  write();
  const auto slow = listen();
  const auto quick = listen();
  slow->unsent = 1;
  for (int i = 0; i < 3; ++i) write();
  EXPECT_EQ(slow->sent.size(), 2U);
  EXPECT_EQ(quick->sent.size(), 5U);
  slow->unsent = 0;
  write();
  EXPECT_EQ(slow->sent.size(), 3U);
}

TEST_F(MonitorEvents, are_sent_to_so_many) {
  write();
  std::vector<std::shared_ptr<Client>> clients;
  for (std::size_t i = 0; i < Board::kMaxListeners; ++i) clients.push_back(listen("?tables="));
  EXPECT_EQ(listen()->answer.status, 503U);
  const auto gone = std::exchange(clients[5]->go, nullptr);
  gone();
  run();
  EXPECT_NE(listen()->answer.status, 503U);
}

TEST_F(MonitorEvents, end_with_the_board) {
  write();
  const auto client = listen();
  board->close();
  run();
  EXPECT_TRUE(client->ended);
  EXPECT_EQ(listen()->answer.status, 503U);
}

}  // namespace
}  // namespace steelyard::gateway
