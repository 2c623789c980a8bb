#include "steelyard/gateway/monitor/board.hpp"

#include <gtest/gtest.h>

#include "steelyard/gateway/metrics/sample.test.hpp"

namespace steelyard::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct BoardTest : testing::Test {
  void write(Board::Clock::time_point at) {
    SnapshotText snapshot = SnapshotText::read(Sample().text()).value();
    const Moment moment = Moment::read(snapshot).value();
    board.write(std::make_shared<const Sighting>(at, std::move(snapshot)), moment);
  }

  Board board;
  Board::Clock::time_point now{seconds(100)};
  int told = 0;
  int asked = 0;
  std::function<void()> tell = [this] { ++told; };
};

TEST_F(BoardTest, tells_what_is_fresh_at_once) {
  board.watch([this] { ++asked; });
  write(now);
  EXPECT_TRUE(board.ask(now + milliseconds(900), tell));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(asked, 0);
}

TEST_F(BoardTest, has_the_broker_asked_for_what_is_not_fresh) {
  board.watch([this] { ++asked; });
  write(now);
  EXPECT_TRUE(board.ask(now + milliseconds(1'100), tell));
  EXPECT_EQ(told, 0);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(board.is_listened_to());
  write(now + milliseconds(1'200));
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(board.is_listened_to());
}

TEST_F(BoardTest, tells_at_once_that_the_broker_is_away) {
  board.watch([this] { ++asked; });
  EXPECT_TRUE(board.ask(now, tell));
  EXPECT_EQ(told, 0);
  board.write_away(seconds(3), "no broker");
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(board.ask(now, tell));
  EXPECT_EQ(told, 2);
  EXPECT_FALSE(board.latest().is_connected);
  EXPECT_EQ(board.latest().why, "no broker");
}

TEST_F(BoardTest, tells_those_who_ask_when_nobody_watches_any_more) {
  board.watch([this] { ++asked; });
  EXPECT_TRUE(board.ask(now, tell));
  board.watch({});
  EXPECT_EQ(told, 1);
}

TEST_F(BoardTest, has_a_limit_of_listeners) {
  std::vector<std::uint64_t> listeners;
  for (std::size_t i = 0; i < Board::kMaxListeners; ++i) {
    listeners.push_back(board.listen(tell).value());
  }
  EXPECT_FALSE(board.listen(tell));
  board.forget(listeners.front());
  EXPECT_TRUE(board.listen(tell));
  write(now);
  EXPECT_EQ(told, static_cast<int>(Board::kMaxListeners));
}

TEST_F(BoardTest, has_a_limit_of_those_who_ask) {
  board.watch([this] { ++asked; });
  for (std::size_t i = 0; i < Board::kMaxAsking; ++i) EXPECT_TRUE(board.ask(now, tell));
  EXPECT_FALSE(board.ask(now, tell));
}

TEST_F(BoardTest, wakes_everybody_when_it_closes) {
  static_cast<void>(board.listen(tell));
  board.close();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(board.is_closed());
  EXPECT_FALSE(board.listen(tell));
  EXPECT_FALSE(board.ask(now, tell));
}

TEST_F(BoardTest, has_a_history_and_events_of_what_was_written) {
  write(now);
  EXPECT_NE(board.history(now)->find("\"queued\":7"), std::string::npos);
  const auto sighting = board.latest().sighting;
  const std::string& event = sighting->event(Tables::read("users").value());
  EXPECT_TRUE(event.starts_with("event: snapshot\ndata: {\"version\":1,"));
  EXPECT_TRUE(event.ends_with("}\n\n"));
  EXPECT_NE(event.find("\"users\""), std::string::npos);
  EXPECT_EQ(event.find("\"workers\":{\"columns\""), std::string::npos);
  EXPECT_EQ(&event, &sighting->event(Tables::read("users").value()));
}

}  // namespace
}  // namespace steelyard::gateway
