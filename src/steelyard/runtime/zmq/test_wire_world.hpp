#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/client_session.hpp"
#include "steelyard/runtime/zmq/worker_session.hpp"
#include "steelyard/strategy/registry.hpp"

/// A broker, clients and workers in virtual time: the real state machines, joined by links that can
/// be cut and replaced, without a socket or a thread.
namespace steelyard::zmq_runtime {

inline BrokerPort::Options test_port_options(std::uint64_t incarnation = 7) {
  BrokerPort::Options options;
  options.max_payload_bytes = 1 << 20;
  options.max_kept_bytes = 64 << 20;
  options.max_names = 1000;
  options.incarnation = incarnation;
  options.strategy = "least-loaded";
  return options;
}

struct Answer {
  std::uint64_t sequence = 0;
  std::optional<ErrorCode> code;
  std::string text;
  friend bool operator==(const Answer&, const Answer&) = default;
};

class WireWorld {
 public:
  explicit WireWorld(const BrokerPort::Options& options = test_port_options()) {
    start_broker(options);
  }

  struct TestClient {
    std::vector<Answer> answers;
    std::vector<Result<std::string>> reports;
    std::vector<JobStatus> told;
    std::vector<PinStatus> pinned;
    std::unique_ptr<ClientSession> session;
    std::string route;
    std::string address;       ///< where it takes results; empty: at the broker only
    bool is_reachable = true;  ///< for workers
  };
  struct TestWorker {
    std::unique_ptr<WorkerSession> session;
    std::string route;
    bool runs = true;  ///< answers every job with "done:" + payload
    std::vector<std::string> ran;
    std::uint64_t key = 0;
    std::map<std::uint64_t, std::string> links;  ///< addresses, by session
  };

  TestClient& add_client() {
    auto client = std::make_unique<TestClient>();
    TestClient& added = *client;
    added.route = next_route();
    added.session = std::make_unique<ClientSession>(
        ++keys_, "client",
        ClientSession::Sinks{
            [&added](const ClientSession::Answer& answer) {
              added.answers.push_back({answer.sequence, answer.code, std::string(answer.text)});
            },
            [&added](std::uint64_t, Result<std::string> report) {
              added.reports.push_back(std::move(report));
            },
            [&added](std::uint64_t, std::vector<JobStatus> told) { added.told = std::move(told); },
            [&added](std::uint64_t, PinStatus pinned) { added.pinned.push_back(pinned); }});
    clients_.push_back(std::move(client));
    return added;
  }

  /// It takes results straight from workers.
  TestClient& add_direct_client() {
    TestClient& client = add_client();
    client.address = "inproc://address-" + std::to_string(keys_);
    client.session->offer_direct(client.address);
    return client;
  }

  void submit(TestClient& client, const ClientSession::Kind& kind,
              const std::vector<std::string>& payloads) {
    client.session->submit(kind, std::vector<std::string_view>(payloads.begin(), payloads.end()),
                           now_);
  }
  void finish(TestWorker& worker, const AssignedJob& job, JobReport report) {
    worker.session->finish(job, std::move(report), now_);
  }

  /// What a worker reports; not so short a job that its notice waits for others.
  static JobReport done(const AssignedJob& job) {
    return {kDoneFinished, "done:" + std::string(job.payload), std::chrono::milliseconds(1), {}};
  }

  TestWorker& add_worker(std::vector<std::string> queues, std::uint32_t slots = 1) {
    WorkerSession::Options options;
    options.queues = std::move(queues);
    options.slots = slots;
    return add_worker_with(std::move(options));
  }
  /// Its key and name are given here.
  TestWorker& add_worker_with(WorkerSession::Options options) {
    auto worker = std::make_unique<TestWorker>();
    worker->route = next_route();
    options.key = ++keys_;
    options.name = "worker";
    worker->session = std::make_unique<WorkerSession>(std::move(options));
    worker->key = keys_;
    workers_.push_back(std::move(worker));
    return *workers_.back();
  }

  /// Lets messages travel until nobody has anything more to say.
  void settle() {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto& client : clients_) moved |= drain(*client->session, client->route);
      for (auto& worker : workers_) {
        if (worker->runs) run_jobs(*worker);
        moved |= use_links(*worker);
        moved |= drain(*worker->session, worker->route);
      }
      if (!port_) continue;
      port_->pass_time(now_);
      const auto due = port_->next_deadline();
      moved |= due && *due <= now_;
      port_->flush([&](std::string_view route, const std::string& bytes) {
        moved = true;
        return deliver(std::string(route), bytes);
      });
    }
  }
  /// Time passes in small steps, with everything that falls due.
  void pass(std::chrono::milliseconds time,
            std::chrono::milliseconds step = std::chrono::milliseconds(5)) {
    for (const TimePoint end = now_ + time; now_ < end;) {
      now_ = std::min(end, now_ + step);
      for (auto& client : clients_) client->session->pass_time(now_);
      for (auto& worker : workers_) worker->session->pass_time(now_);
      settle();
    }
  }

  /// The connection is replaced by a new one; what was on its way is lost.
  template <class PartType>
  void cut(PartType& part) {
    part.route = next_route();
  }
  /// The part falls silent for good, as if its process was killed.
  template <class PartType>
  void kill(PartType& part) {
    part.route.clear();
  }
  /// The broker's process is killed; restart_broker brings another one.
  void kill_broker() { port_.reset(); }
  void restart_broker(std::uint64_t incarnation) { start_broker(test_port_options(incarnation)); }

  /// Raw bytes to the broker; what it answers to this route.
  std::vector<std::string> say(const std::string& route, std::string_view bytes) {
    port_->receive(route, bytes, now_);
    outsiders_.insert(route);
    std::vector<std::string> heard;
    port_->flush([&](std::string_view to, std::string message) {
      if (to == route) {
        heard.push_back(std::move(message));
        return true;
      }
      return deliver(std::string(to), message);
    });
    return heard;
  }

  /// Sees what is on its way on a link; it may be lost, when true is returned, or come again.
  std::function<bool(const std::string&)> disturb_link;
  /// A message on a link that was delayed, or repeated.
  void arrive(TestClient& client, const std::string& bytes) {
    static_cast<void>(client.session->receive_direct(bytes, now_));
  }

  BrokerPort& port() { return *port_; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] const core::JobLedger& jobs() const {
    return port_->scheduler().book().total().jobs;
  }
  [[nodiscard]] const core::AttemptLedger& attempts() const {
    return port_->scheduler().book().total().attempts;
  }

 private:
  void start_broker(const BrokerPort::Options& options) {
    auto strategy = strategy::Registry().make(options.strategy);
    port_ = std::make_unique<BrokerPort>(options, std::move(*strategy), now_);
  }
  /// The messages on a worker's links to clients; those of a killed worker go nowhere.
  bool use_links(TestWorker& worker) {
    DirectReturns& returns = worker.session->returns();
    bool moved = false;
    obey(worker);
    while (auto message = returns.next_message()) {
      moved = true;
      if (worker.route.empty()) continue;
      const auto link = worker.links.find(message->session);
      TestClient* client = link == worker.links.end() ? nullptr : client_at(link->second);
      if (client == nullptr) {
        returns.cannot_send(message->session, now_);
        continue;
      }
      if (!client->is_reachable) continue;
      if (disturb_link && disturb_link(message->bytes)) continue;
      if (const auto answer = client->session->receive_direct(message->bytes, now_)) {
        returns.receive(message->session, *answer, now_);
      }
    }
    obey(worker);
    return moved;
  }
  static void obey(TestWorker& worker) {
    for (const DirectReturns::Wish& wish : worker.session->returns().take_wishes()) {
      worker.links.erase(wish.session);
      if (!wish.address.empty()) worker.links[wish.session] = wish.address;
    }
  }
  TestClient* client_at(const std::string& address) {
    for (auto& client : clients_) {
      if (client->address == address && !client->route.empty()) return client.get();
    }
    return nullptr;
  }
  std::string next_route() { return "route-" + std::to_string(++routes_); }

  template <class SessionType>
  bool drain(SessionType& session, const std::string& route) {
    bool moved = false;
    while (auto message = session.next_message(now_)) {
      if (route.empty() || !port_) {
        session.cannot_send(now_);
        return false;
      }
      moved = true;
      port_->receive(route, *message, now_);
    }
    return moved;
  }

  void run_jobs(TestWorker& worker) {
    while (auto job = worker.session->take()) {
      worker.ran.emplace_back(job->payload);
      worker.session->finish(*job, done(*job), now_);
    }
  }

  /// False when nobody has this route (any more), as a ROUTER socket would say.
  bool deliver(const std::string& route, const std::string& bytes) {
    for (auto& client : clients_) {
      if (client->route != route) continue;
      client->session->receive(bytes, now_);
      return true;
    }
    for (auto& worker : workers_) {
      if (worker->route != route) continue;
      worker->session->receive(bytes, now_);
      return true;
    }
    return outsiders_.contains(route);
  }

  TimePoint now_{std::chrono::hours(1)};
  std::unique_ptr<BrokerPort> port_;
  std::vector<std::unique_ptr<TestClient>> clients_;
  std::vector<std::unique_ptr<TestWorker>> workers_;
  std::set<std::string> outsiders_;  // routes that were used by `say`
  std::uint64_t keys_ = 0;
  int routes_ = 0;
};

}  // namespace steelyard::zmq_runtime
