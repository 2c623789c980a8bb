#include "steelyard/gateway/deadlines.hpp"

namespace steelyard::gateway {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using Clock = Deadlines::Clock;

struct Sleeper final : Deadlined {
  explicit Sleeper(std::vector<int>& order, int number) : order_(order), number_(number) {}
  void on_deadline() override {
    order_.push_back(number_);
    if (then) then();
  }
  std::function<void()> then;

 private:
  std::vector<int>& order_;
  int number_;
};

TEST(Deadlines, come_in_their_order_unless_removed) {
  boost::asio::io_context thread;
  Deadlines deadlines(thread);
  std::vector<int> order;
  Sleeper first(order, 1);
  Sleeper second(order, 2);
  Sleeper third(order, 3);
  const auto now = Clock::now();
  deadlines.add(now + microseconds(300), third);
  const auto removed = deadlines.add(now + microseconds(200), second);
  deadlines.add(now + microseconds(100), first);
  deadlines.remove(removed);
  thread.run();
  EXPECT_EQ(order, (std::vector<int>{1, 3}));
}

TEST(Deadlines, may_be_added_while_one_has_come) {
  boost::asio::io_context thread;
  Deadlines deadlines(thread);
  std::vector<int> order;
  Sleeper late(order, 9);
  Sleeper next(order, 2);
  Sleeper first(order, 1);
  const auto kept = deadlines.add(Clock::now() + hours(1), late);
  first.then = [&] { deadlines.add(Clock::now() + microseconds(1), next); };
  next.then = [&] { thread.stop(); };
  deadlines.add(Clock::now(), first);
  thread.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  deadlines.remove(kept);
}

}  // namespace
}  // namespace steelyard::gateway
