#include "steelyard/gateway/monitor/watch.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;
using Clock = Board::Clock;

/// Ticks come a little early or late: what is due about now is due.
constexpr std::chrono::milliseconds kSlack{50};

}  // namespace

struct Watch::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, BrokerLink& broker, std::shared_ptr<Board> written,
        std::function<void()> told_before)
      : thread(io),
        link(&broker),
        board(std::move(written)),
        before(std::move(told_before)),
        timer(io),
        answered_at(Clock::now()) {}

  void start() {
    // Called from any thread, perhaps while this goes; its thread's context outlives all threads.
    board->watch([&io = thread, weak = weak_from_this()] {
      asio::post(io, [weak] {
        const auto self = weak.lock();
        if (self && self->link != nullptr) self->ask_if_due(Board::kFresh);
      });
    });
    tick();
  }

  void stop() {
    link = nullptr;
    timer.cancel();
    board->watch({});
  }

  void tick() {
    if (link == nullptr) return;
    const bool is_wanted = board->is_listened_to() || !board->latest().is_connected;
    ask_if_due(is_wanted ? kTick : kIdlePeriod);
    const auto now = Clock::now();
    const bool is_late = is_asking && now - asked_at > kPatience;
    if (is_late || !link->is_connected()) write_away(now, "the broker does not answer");
    timer.expires_after(kTick);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->tick();
    });
  }

  void ask_if_due(std::chrono::milliseconds period) {
    const auto now = Clock::now();
    if (is_asking || now - asked_at + kSlack < period) return;
    is_asking = true;
    asked_at = now;
    before();
    link->query("snapshot", [weak = weak_from_this()](Result<std::string> told) {
      const auto self = weak.lock();
      if (self && self->link != nullptr) self->take(std::move(told));
    });
  }

  void take(Result<std::string> told) {
    is_asking = false;
    const auto now = Clock::now();
    auto snapshot = std::move(told).and_then(SnapshotText::read);
    if (!snapshot) return write_away(now, snapshot.error().context);
    const auto moment = Moment::read(*snapshot);
    if (!moment) return write_away(now, moment.error().context);
    answered_at = now;
    board->write(std::make_shared<const Sighting>(now, std::move(*snapshot)), *moment);
  }

  void write_away(Clock::time_point now, std::string why) {
    board->write_away(now - answered_at, std::move(why));
  }

  asio::io_context& thread;
  BrokerLink* link;  // null: stopped
  const std::shared_ptr<Board> board;
  const std::function<void()> before;
  asio::steady_timer timer;
  bool is_asking = false;
  Clock::time_point asked_at{};
  Clock::time_point answered_at;  // or when this began
};

Watch::Watch(asio::io_context& thread, BrokerLink& link, std::shared_ptr<Board> board,
             std::function<void()> before)
    : state_(std::make_shared<State>(thread, link, std::move(board), std::move(before))) {
  state_->start();
}

Watch::~Watch() {
  state_->stop();
}

}  // namespace steelyard::gateway
