#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/logging.hpp"
#include "cli/part.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"

namespace steelyard::cli {

/// The processes of `steelyard up`, before they are started.
struct HouseholdPlan {
  struct Hub {
    std::string name;
    std::vector<std::string> arguments;  ///< without the broker
    bool has_own_broker = false;         ///< its settings say where that is
    std::string control{};               ///< path of its control socket; empty: none
  };

  std::vector<std::string> broker;  ///< arguments; without what stands below
  std::size_t endpoints = 1;        ///< it listens on
  bool has_http = false;
  std::string http;               ///< empty: the configuration says where
  bool http_may_be_none = false;  ///< goes on without HTTP when the address is taken
  LogOptions log{};               ///< how what the children say is shown
  bool drain_first = false;       ///< a stop begins with the broker: requests need the workers
  std::vector<Hub> hubs;
};

/// A broker and hubs as children, and what they say. A hub that ends by itself is started again,
/// after a pause that doubles up to half a minute.
///
/// Thread safety: `start` and `attend` from one thread; the rest from any.
class Household {
 public:
  explicit Household(std::shared_ptr<ChildGuard> guard) : guard_(std::move(guard)) {}
  ~Household();
  Household(const Household&) = delete;
  Household& operator=(const Household&) = delete;

  /// Starts the broker and then the hubs, and waits until they are ready. Once.
  /// Errors: SystemError, or InvalidArgument if it was for the broker's settings; with the last
  /// words of the one that did not start.
  [[nodiscard]] Result<void> start(const HouseholdPlan& plan);

  /// Passes on what the children say until all have ended. Returns whether they were told to.
  [[nodiscard]] bool attend();

  /// Tells the hubs to let their workers finish what they have in hand and to go; the broker
  /// follows them, and is told by this signal. With `drain_first` it is the other way round.
  void stop(int signal);
  void stop_now();

  /// Starts another hub, or tells one to go, while the others run.
  void add_hub(const HouseholdPlan::Hub& plan);
  void remove_hub(const std::string& name);
  /// A hub that is started again is started as this plan says from now on.
  void replan(const HouseholdPlan::Hub& plan);

  /// Where the broker listens; the first is the one that the workers use.
  [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }
  /// ADDRESS:PORT of HTTP; empty: there is none.
  [[nodiscard]] const std::string& http() const { return http_; }

 private:
  struct Hub {
    HouseholdPlan::Hub plan;       // its arguments: guarded by mutex_
    std::unique_ptr<Part> part{};  // guarded by mutex_; null: it is about to be started again
    bool is_told_to_go = false;    // guarded by mutex_
    bool has_ended = false;        // guarded by mutex_
    std::jthread listener{};
  };

  Result<void> start_broker(const HouseholdPlan& plan, bool has_http);
  Result<void> start_hubs(const HouseholdPlan& plan);
  Result<std::unique_ptr<Part>> spawn_hub(const HouseholdPlan::Hub& plan);
  Result<void> wait_until_ready(const Hub& hub);
  void listen_to_broker();
  void listen_to_hub(Hub& hub);
  bool start_again(Hub& hub, int tries);
  bool wait_for_end();
  void interrupt_hubs();
  void end_hubs();
  void say(std::string_view name, std::string_view line) const;

  const std::shared_ptr<ChildGuard> guard_;
  std::vector<std::string> endpoints_;
  std::string http_;
  bool drain_first_ = false;
  LogOptions log_;
  std::unique_ptr<Part> broker_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Hub>> hubs_;
  bool stopping_ = false;
  bool broker_ended_ = false;
  bool is_attended_ = false;
  int signal_ = 0;

  std::jthread broker_listener_;  // last: it uses everything above
};

}  // namespace steelyard::cli
