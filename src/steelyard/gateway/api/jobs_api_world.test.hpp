#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/gateway/jobs_api.hpp"
#include "steelyard/runtime/zmq/test_parts.hpp"

/// The calls of a jobs API at a real broker over inproc://, with requests that come from no
/// connection.
namespace steelyard::gateway {

namespace json = boost::json;
using zmq_runtime::kPatience;
using zmq_runtime::RunningBroker;
using zmq_runtime::RunningWorker;

class RecordedExchange final : public http::Exchange {
 public:
  explicit RecordedExchange(boost::asio::io_context& thread) : thread_(thread) {}

  void respond(http::Response response) override {
    EXPECT_FALSE(done);
    answer = std::move(response);
    done = true;
  }
  void begin_stream(http::Response head) override {
    answer = std::move(head);
    streams = true;
  }
  void send(std::string bytes) override {
    EXPECT_TRUE(streams && !done);
    answer.body += bytes;
  }
  void end() override {
    EXPECT_TRUE(streams && !done);
    done = true;
  }
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent; }
  void when_unsent_at_most(std::size_t, std::function<void()> drained) override {
    when_drained = std::move(drained);
  }
  void when_gone(std::function<void()> gone) override {
    if (has_gone) return gone();
    go = std::move(gone);
  }
  [[nodiscard]] boost::asio::any_io_executor executor() override { return thread_.get_executor(); }

  [[nodiscard]] json::value json() const { return json::parse(answer.body); }
  [[nodiscard]] std::string text(const char* field) const {
    return std::string(json().at(field).as_string());
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& header : answer.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }

  http::Response answer;
  bool streams = false;
  bool done = false;
  bool has_gone = false;
  std::size_t unsent = 0;
  std::function<void()> go;
  std::function<void()> when_drained;

 private:
  boost::asio::io_context& thread_;
};

/// Progress that a job's end overtakes is not told: it waits until that was heard.
inline std::binary_semaphore progress_was_heard{0};

inline std::string work(const Work& work, WorkerState&) {
  if (work.payload == "fail") throw std::runtime_error("it failed");
  if (work.payload == "stream") {
    static_cast<void>(work.partial("one"));
    work.progress(50);
    if (!progress_was_heard.try_acquire_for(std::chrono::seconds(20))) {
      throw std::runtime_error("nobody has heard of the progress");
    }
  }
  return "done: " + std::string(work.payload);
}

class JobsApiTest : public testing::Test {
 protected:
  JobsApiTest()
      : context_(std::make_shared<Context>()),
        broker_({.listen = {"inproc://broker"}, .context = context_}),
        link_(io_, {.endpoint = "inproc://broker", .context = context_}),
        api_(link_, {.max_batch_lines = 50,
                     .max_batch_line_bytes = 1'000,
                     .max_batch_jobs_ahead = 8,
                     .max_waiting_cancels = 1,
                     .watch_period = std::chrono::milliseconds(10)}) {
    for (EndpointEntry& entry : api_.endpoints()) {
      EXPECT_TRUE(routes_.add(entry.pattern, entry.methods,
                              static_cast<RouteTable::Target>(endpoints_.size()), entry.slashes));
      endpoints_.push_back(std::move(entry.call));
    }
  }

  void start_worker() {
    worker_ = std::make_unique<RunningWorker>(
        RemoteWorkerOptions{.endpoint = "inproc://broker", .name = "w", .context = context_}, "q",
        work);
  }
  using Exchange = std::shared_ptr<RecordedExchange>;
  Exchange ask(const std::string& method, const std::string& target, const std::string& body = "",
               const std::vector<http::Header>& headers = {}) {
    http::Request::Message message;
    message.method_string(method);
    message.target(target);
    for (const auto& header : headers) message.insert(header.name, header.value);
    message.body() = body;
    http::Request request(std::move(message), "127.0.0.1:1");
    auto exchange = std::make_shared<RecordedExchange>(*exchanges_);
    auto found = routes_.match(method, request.path());
    auto* match = std::get_if<RouteTable::Match>(&found);
    EXPECT_NE(match, nullptr) << method << " " << target;
    if (match != nullptr) {
      endpoints_[match->target](std::move(request), std::move(match->captures), exchange);
    }
    return exchange;
  }
  /// The same, and its whole answer.
  Exchange answer(const std::string& method, const std::string& target,
                  const std::string& body = "", const std::vector<http::Header>& headers = {}) {
    auto exchange = ask(method, target, body, headers);
    run_until([&] { return exchange->done; });
    return exchange;
  }
  std::string hand_in(const std::string& payload = "x", const std::string& query = "") {
    return answer("POST", "/v1/queues/q/jobs" + query, payload)->text("id");
  }
  void wait_for(const std::string& id, std::string_view status) {
    run_until([&] { return answer("GET", "/v1/jobs/" + id)->text("status") == status; });
  }
  void run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < deadline) io_.run_one_until(deadline);
    EXPECT_TRUE(done());
  }

  boost::asio::io_context io_{1};
  boost::asio::io_context timers_{1};
  boost::asio::io_context* exchanges_ = &io_;  // runs the timers of what is asked
  std::shared_ptr<Context> context_;
  RunningBroker broker_;
  std::unique_ptr<RunningWorker> worker_;
  BrokerLink link_;
  JobsApi api_;
  RouteTable routes_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace steelyard::gateway
