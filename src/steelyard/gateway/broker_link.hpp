#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::gateway {

/// Who waits for a job that was handed in. Called on the link's thread, never from within a call of
/// the link.
class JobWaiter {
 public:
  virtual ~JobWaiter() = default;
  /// The broker has the job, at the durability that was asked for. Only if `tell_acknowledged`;
  /// not after the answer.
  virtual void on_acknowledged(const JobId&) {}
  /// As on_acknowledged, which follows: at present no worker serves the job's queue.
  virtual void on_unserved() {}
  /// Progress and partial results, if `stream_window_bytes` was given. They count as taken.
  virtual void on_news(const Completion&) {}
  /// The last call: the result, the job's error, or why it was refused.
  virtual void on_answer(Result<std::string> result, const JobTimes& times) = 0;
};

/// Questions of a link that may wait for their answer.
inline constexpr std::size_t kMaxQuestions = 10'000;

/// A job to be handed in.
struct HandIn {
  std::string queue;
  std::string payload;
  RemoteJobOptions options{};
  bool tell_acknowledged = false;
};

/// The broker, as one thread of the gateway sees it: a client of its own, whose answers come on
/// that thread. Nothing here blocks.
///
/// What is handed in during one turn of the thread leaves together, alike jobs as one run. The
/// thread works the client's connection itself, so that an answer reaches its waiter without
/// passing through another thread. Limits: `max_unfinished_jobs` on their way (then SessionFull);
/// `kMaxQuestions` unanswered questions (then SessionFull). Thread safety: none; one thread.
class BrokerLink {
 public:
  using Ticket = std::uint64_t;  ///< names a job here; 0: none

  /// What the options say about blocking and threads is not asked.
  BrokerLink(boost::asio::io_context& thread, ClientOptions options);
  /// Jobs that are not kept are dropped at the broker. Nobody is called any more.
  ~BrokerLink();
  BrokerLink(const BrokerLink&) = delete;
  BrokerLink& operator=(const BrokerLink&) = delete;

  Ticket submit(HandIn job, std::shared_ptr<JobWaiter> waiter);
  /// Nobody waits for the job any more: what is queued is dropped, what runs is asked to stop. Its
  /// waiter is not called again.
  void give_up(Ticket ticket);

  template <class T>
  using Then = std::function<void(Result<T>)>;
  /// How these jobs stand, in order. Errors: TimedOut, NotConnected.
  void get(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then);
  void cancel(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
              Then<std::vector<Cancellation>> then);
  /// A report of the broker, as JSON; see Client::query.
  void query(std::string what, Then<std::string> then);
  void drain_worker(std::string worker, Then<void> then);
  /// Has a job out of quarantine: it is run once more, or dropped; tells where it is then.
  void quarantine(const JobId& job, bool release, Then<Standing> then);
  /// Says how this gateway is; see Client::announce. What the broker thinks of it is not heard.
  /// Requires: a valid name, and a JSON object within the limits.
  void announce(std::string_view name, std::string_view json);

  [[nodiscard]] bool is_connected() const;
  /// Handed in, and not answered or given up.
  [[nodiscard]] std::size_t unanswered() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace steelyard::gateway
