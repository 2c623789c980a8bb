#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cli/part.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"

namespace steelyard::cli {

/// The processes of `steelyard up`, before they are started.
struct HouseholdPlan {
  struct Worker {
    std::string name;
    std::vector<std::string> arguments;  ///< without the broker and the name
  };

  std::vector<std::string> broker;  ///< arguments; without what stands below
  std::size_t endpoints = 1;        ///< it listens on
  bool has_http = false;
  std::string http;               ///< empty: the configuration says where
  bool http_may_be_none = false;  ///< goes on without HTTP when the address is taken
  bool drain_first = false;       ///< a stop begins with the broker: requests need the workers
  std::vector<Worker> workers;
};

/// A broker and workers as children, and what they say.
///
/// Thread safety: `stop` and `stop_now` from any thread; the rest from one.
class Household {
 public:
  explicit Household(std::shared_ptr<ChildGuard> guard) : guard_(std::move(guard)) {}

  /// Starts the broker and then the workers, and waits until they are ready. Once.
  /// Errors: SystemError, with the last words of the one that did not start.
  [[nodiscard]] Result<void> start(const HouseholdPlan& plan);

  /// Passes on what the children say until all have ended. Returns whether they were told to.
  [[nodiscard]] bool attend();

  /// Tells the workers to finish what they have in hand and go; the broker follows them. With
  /// `drain_first` it is the other way round.
  void stop();
  void stop_now() { guard_->kill_all(); }

  /// Where the broker listens; the first is the one that the workers use.
  [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }
  /// ADDRESS:PORT of HTTP; empty: there is none.
  [[nodiscard]] const std::string& http() const { return http_; }

 private:
  struct Child {
    std::string name;
    std::unique_ptr<Part> part;
  };

  Result<void> start_broker(const HouseholdPlan& plan, bool has_http);
  Result<void> start_workers(const HouseholdPlan& plan);
  Result<void> spawn(const std::string& name, const std::vector<std::string>& arguments);
  static Result<std::string> wait_for_line(Child& child, std::string_view start);
  void listen(const Child& child);
  bool wait_for_end();
  void interrupt_broker() { children_.front()->part->interrupt(); }
  void interrupt_workers();
  static void say(std::string_view name, std::string_view sentence);

  const std::shared_ptr<ChildGuard> guard_;
  std::vector<std::unique_ptr<Child>> children_;  // the broker first
  std::vector<std::string> endpoints_;
  std::string http_;
  bool drain_first_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool stopping_ = false;
  bool broker_ended_ = false;
  std::size_t workers_left_ = 0;
};

}  // namespace steelyard::cli
