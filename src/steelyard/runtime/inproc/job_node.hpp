#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"
#include "steelyard/runtime/inproc/inbox.hpp"
#include "steelyard/runtime/inproc/observer.hpp"
#include "steelyard/runtime/task/task.hpp"

namespace steelyard::inproc {

/// A job's names as numbers: what makes it alike to others for the scheduler.
struct JobKey {
  QueueId queue;
  StateId state;
  TenantId tenant;
  std::int32_t priority = 0;
  std::uint32_t tags = 0;         ///< which combination of tags; 0: none (see NameTable)
  std::uint64_t state_bytes = 0;  ///< as its requester said; 0: not known
  friend bool operator==(const JobKey&, const JobKey&) = default;
};

/// Where a job goes on, and whether it must run alone on its worker's state there.
struct JobOnward {
  std::string_view queue;
  std::string_view state;
  bool uses_state = false;
};

/// A job as the engine sees it: it knows neither its function nor its type.
///
/// Life: submitted once; run, again after a Retry or Forwarded; then either `deliver` or `refuse`,
/// after which it belongs to its future and must not be touched. Thread safety: none; it is handed
/// from one owner to the next.
class JobNode : public Arrival {
 public:
  /// Runs one attempt and keeps what comes of it.
  virtual AttemptEnding run(WorkerState& state) noexcept = 0;
  /// After an attempt that was Forwarded; the names live until the next one.
  [[nodiscard]] virtual JobOnward onward() const noexcept { return {}; }
  /// The last attempt, which was Forwarded, has failed instead.
  virtual void fail(Error error) noexcept = 0;
  /// Gives the requester what the last attempt left.
  virtual void deliver() noexcept = 0;
  /// Gives the requester `error` instead; AttemptsExhausted keeps the last attempt's text.
  virtual void refuse(Error error) noexcept = 0;

  JobNumber number = 0;
  JobKey key;
  TimePoint submitted;
  bool uses_state = false;                 ///< must run alone on its worker's state
  ErrorCode refusal = ErrorCode::Stopped;  ///< why `refuse` is due, on the way there

 protected:
  JobNode() = default;
  ~JobNode() = default;
};

}  // namespace steelyard::inproc
