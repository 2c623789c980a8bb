#include "steelyard/runtime/zmq/broker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/socket.hpp"

namespace steelyard {

using zmq_runtime::BrokerPort;
using zmq_runtime::Socket;

namespace {

constexpr int kMaxMessagesPerCycle = 1024;
constexpr std::size_t kMaxBytesPerCycle = 4 << 20;
constexpr Duration kMaxCycle = std::chrono::milliseconds(1);
constexpr Duration kStall = std::chrono::seconds(1);
constexpr std::chrono::milliseconds kLongestWait{1000};

BrokerPort::Options port_options(const BrokerOptions& options) {
  return {options.limits,      options.max_payload_bytes, options.max_kept_bytes,
          options.max_names,   zmq_runtime::random_key(), options.strategy,
          options.user_weights};
}

Result<void> check_weights(const BrokerOptions& options) {
  for (const auto& [user, weight] : options.user_weights) {
    if (!is_valid_name(user)) {
      return failure(ErrorCode::InvalidName, "'" + user + "' cannot name a user");
    }
    if (!std::isfinite(weight) || weight <= 0) {
      return failure(ErrorCode::InvalidArgument,
                     "the weight of user '" + user + "' is no number above 0");
    }
  }
  return {};
}

}  // namespace

/// The broker's loop: take all that has arrived, let time pass, send all there is, wait.
class Broker::Engine {
 public:
  Engine(const BrokerOptions& options, std::unique_ptr<strategy::Strategy> strategy)
      : port_(port_options(options), std::move(strategy), zmq_runtime::now()),
        socket_(options.context ? options.context : std::make_shared<Context>(),
                Socket::Kind::Router, port_.max_message_bytes()) {}

  Result<void> listen(const BrokerOptions& options) {
    for (const std::string& endpoint : options.listen) {
      if (auto allowed = zmq_runtime::may_listen(endpoint, options.insecure); !allowed) {
        return allowed;
      }
      auto bound = socket_.bind(zmq_runtime::listening_endpoint(endpoint));
      if (!bound) return tl::unexpected(bound.error());
      endpoints_.push_back(*bound);
    }
    return {};
  }

  void record(std::shared_ptr<trace::Sink> sink) {
    const auto calendar = std::chrono::system_clock::now().time_since_epoch();
    port_.record(std::move(sink),
                 std::chrono::duration_cast<std::chrono::milliseconds>(calendar).count());
  }

  void run() {
    TimePoint woken = zmq_runtime::now();
    while (!stop_now_) {
      const TimePoint now = zmq_runtime::now();
      // A second beyond the longest wait: this process was not running, nobody else was silent.
      if (now - woken > kLongestWait + kStall) port_.stalled(now, now - woken);
      woken = now;
      const bool more = receive_all(now);
      port_.pass_time(zmq_runtime::now());
      flush();
      if (stop_requested_ && stop(zmq_runtime::now())) break;
      if (more || socket_.has_input()) continue;
      Socket::wait(std::array{socket_.descriptor()}, wakeup_, time_to_wait());
    }
    port_.bid_farewell();
    flush();
  }

  void request_stop() noexcept {
    stop_requested_ = true;
    wakeup_.signal();
  }
  void request_stop_now() noexcept {
    stop_now_ = true;
    wakeup_.signal();
  }
  [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }

 private:
  /// Returns whether more may be waiting.
  bool receive_all(TimePoint now) {
    std::size_t bytes = 0;
    for (int count = 0; count < kMaxMessagesPerCycle && bytes < kMaxBytesPerCycle; ++count) {
      const auto message = socket_.receive(&route_);
      if (!message) return false;
      bytes += message->size();
      port_.receive(route_, {message->data<char>(), message->size()}, now);
      // The clock is asked now and then only; a message takes microseconds.
      if (count % 64 == 63 && zmq_runtime::now() - now > kMaxCycle) return true;
    }
    return true;
  }

  void flush() {
    port_.flush([this](std::string_view route, std::string bytes) {
      return socket_.send_to(route, std::move(bytes));
    });
  }

  /// Begins or goes on stopping; returns whether all is done.
  bool stop(TimePoint now) {
    if (!stop_deadline_) {
      stop_deadline_ = now + kStopGrace;
      port_.stop(now);
      flush();
    }
    return port_.at_rest() || now >= *stop_deadline_;
  }

  [[nodiscard]] std::chrono::milliseconds time_to_wait() const {
    std::optional<TimePoint> due = port_.next_deadline();
    if (stop_deadline_) due = due ? std::min(*due, *stop_deadline_) : *stop_deadline_;
    return zmq_runtime::until(due, kLongestWait);
  }

  BrokerPort port_;
  Socket socket_;
  zmq_runtime::Wakeup wakeup_;
  std::vector<std::string> endpoints_;
  std::string route_;  // of the message being received
  std::optional<TimePoint> stop_deadline_;
  std::atomic<bool> stop_requested_ = false;
  std::atomic<bool> stop_now_ = false;
};

Result<std::unique_ptr<Broker>> Broker::open(const BrokerOptions& options,
                                             const strategy::Registry& strategies) {
  auto strategy = strategies.make(options.strategy);
  if (!strategy) return tl::unexpected(strategy.error());
  if (auto usable = check_weights(options); !usable) return tl::unexpected(usable.error());
  auto engine = std::make_unique<Engine>(options, std::move(*strategy));
  if (auto listening = engine->listen(options); !listening) {
    return tl::unexpected(listening.error());
  }
  return std::unique_ptr<Broker>(new Broker(std::move(engine)));
}

Broker::Broker(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Broker::~Broker() = default;

void Broker::record(std::shared_ptr<trace::Sink> sink) {
  engine_->record(std::move(sink));
}
void Broker::run() {
  engine_->run();
}
void Broker::stop() {
  engine_->request_stop();
}
void Broker::stop_now() {
  engine_->request_stop_now();
}
const std::vector<std::string>& Broker::endpoints() const {
  return engine_->endpoints();
}

}  // namespace steelyard
