#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "steelyard/runtime/zmq/broker.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

/// Brokers and workers on threads of the test program, which end with the test.
namespace steelyard::zmq_runtime {

inline constexpr std::chrono::seconds kPatience{20};

/// "x" becomes "echo:x"; "fail" fails.
inline std::string echo(const Work& work, WorkerState&) {
  if (work.payload == "fail") throw std::runtime_error("it failed");
  return "echo:" + std::string(work.payload);
}

class RunningBroker {
 public:
  explicit RunningBroker(const BrokerOptions& options) {
    auto opened = Broker::open(options);
    if (!opened) throw std::runtime_error(describe(opened.error()));
    broker_ = std::move(*opened);
    thread_ = std::jthread([this] { broker_->run(); });
  }
  ~RunningBroker() { broker_->stop_now(); }

  [[nodiscard]] std::string endpoint() const { return broker_->endpoints().front(); }
  void stop() { broker_->stop(); }
  void stop_and_wait() {
    broker_->stop();
    thread_.join();
  }

 private:
  std::unique_ptr<Broker> broker_;
  std::jthread thread_;
};

class RunningWorker {
 public:
  RunningWorker(RemoteWorkerOptions options, const std::string& queue, TaskFunction task,
                TaskOptions task_options = {})
      : worker_(std::move(options)) {
    EXPECT_TRUE(worker_.serve(queue, std::move(task), task_options));
    thread_ = std::jthread([this] { outcome_ = worker_.run(); });
  }
  ~RunningWorker() { worker_.stop_now(); }

  Worker& worker() { return worker_; }
  Result<void> stop_and_wait() {
    worker_.stop();
    return wait();
  }
  Result<void> wait() {
    thread_.join();
    return outcome_;
  }

 private:
  Worker worker_;
  Result<void> outcome_;
  std::jthread thread_;
};

}  // namespace steelyard::zmq_runtime
