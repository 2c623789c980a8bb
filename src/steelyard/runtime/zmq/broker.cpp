#include "steelyard/runtime/zmq/broker.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_journal.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/runtime/zmq/fault_watch.hpp"
#include "steelyard/runtime/zmq/memory_watch.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/socket.hpp"
#include "steelyard/store/log.hpp"

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
  return {options.limits,       options.max_payload_bytes, options.max_kept_bytes,
          options.max_names,    zmq_runtime::random_key(), options.strategy,
          options.user_weights, options.happened};
}

std::int64_t calendar_unix_ms() {
  const auto calendar = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(calendar).count();
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
      : port_(port_options(options), std::move(strategy), zmq_runtime::now(),
              options.journal_file.empty() ? nullptr : &journal_),
        socket_(options.context ? options.context : std::make_shared<Context>(),
                Socket::Kind::Router, port_.max_message_bytes()),
        faults_(options.strategy_was_wrong) {}

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

  /// Goes on with what `log` knows.
  Result<void> restore(std::unique_ptr<store::Log> log, const BrokerOptions& options) {
    const TimePoint began = zmq_runtime::now();
    port_.note_calendar(began, calendar_unix_ms());
    Result<void> restored;
    auto read = log->recover([&](const store::Record& record) {
      if (restored) restored = port_.restore(record);
    });
    if (!read) return read;
    if (!restored) return restored;
    const auto jobs = port_.restored();
    if (!jobs) return tl::unexpected(jobs.error());
    journal_.open(std::move(log), [this] { wakeup_.signal(); });
    if (options.recovered) {
      options.recovered(
          *jobs, std::chrono::duration_cast<std::chrono::milliseconds>(zmq_runtime::now() - began));
    }
    return {};
  }

  Result<void> record(const BrokerOptions& options) {
    if (!options.recording) return {};
    auto sink = options.recording();
    if (!sink) return tl::unexpected(sink.error());
    if (*sink != nullptr) port_.record(std::move(*sink), calendar_unix_ms());
    return {};
  }

  /// Reads the journal, if there is one, and listens.
  Result<void> begin(const BrokerOptions& options) {
    // A broker that cannot listen leaves no recording, and replaces none.
    if (options.journal_file.empty()) {
      return listen(options).and_then([&] { return record(options); });
    }
    auto log = store::open_log(options.journal_file);
    if (!log) return tl::unexpected(log.error());
    return record(options)
        .and_then([&] { return restore(std::move(*log), options); })
        .and_then([&] { return listen(options); });
  }

  void run() {
    TimePoint woken = zmq_runtime::now();
    while (!stop_now_) {
      const TimePoint now = zmq_runtime::now();
      // A second beyond the longest wait: this process was not running, nobody else was silent.
      if (now - woken > kLongestWait + kStall) port_.stalled(now, now - woken);
      woken = now;
      port_.note_calendar(now, calendar_unix_ms());
      journal_.tell(port_, now);
      const bool more = receive_all(now);
      port_.pass_time(zmq_runtime::now());
      flush();
      journal_.flush();
      faults_.look(port_.scheduler().strategy_faults(), now);
      if (stop_requested_ && stop(zmq_runtime::now())) break;
      if (more || socket_.has_input()) continue;
      give_back_memory(now);
      Socket::wait(std::array{socket_.descriptor()}, wakeup_, time_to_wait());
    }
    journal_.close(port_, zmq_runtime::now());
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
      const std::string_view content(message->data<char>(), message->size());
      if (BrokerPort::is_greeting(content)) {
        port_.receive_greeting(route_, content, zmq_runtime::address_of(*message), now);
      } else {
        port_.receive(route_, content, now);
      }
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

  void give_back_memory(TimePoint now) {
    if (!memory_.look(port_.used_bytes(), true, now)) return;
    port_.shrink();
    malloc_trim(0);
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

  zmq_runtime::Wakeup wakeup_;          // before the journal, whose thread signals it
  zmq_runtime::BrokerJournal journal_;  // before the port, which writes to it
  BrokerPort port_;
  Socket socket_;
  zmq_runtime::FaultWatch faults_;
  zmq_runtime::MemoryWatch memory_;
  std::vector<std::string> endpoints_;
  std::string route_;  // of the message being received
  std::optional<TimePoint> stop_deadline_;
  std::atomic<bool> stop_requested_ = false;
  std::atomic<bool> stop_now_ = false;
};

Result<std::unique_ptr<Broker>> Broker::open(const BrokerOptions& options,
                                             const strategy::Registry& strategies) {
  if (options.max_payload_bytes > kMostPayload_bytes) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("max_payload_bytes = {}: at most {}", options.max_payload_bytes,
                               kMostPayload_bytes));
  }
  auto strategy = strategies.make(options.strategy);
  if (!strategy) return tl::unexpected(strategy.error());
  if (auto usable = check_weights(options); !usable) return tl::unexpected(usable.error());
  auto engine = std::make_unique<Engine>(options, std::move(*strategy));
  const auto begun = engine->begin(options);
  if (!begun) return tl::unexpected(begun.error());
  return std::unique_ptr<Broker>(new Broker(std::move(engine)));
}

Broker::Broker(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
Broker::~Broker() = default;

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
