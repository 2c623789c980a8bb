#pragma once

#include <cstdint>
#include <optional>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"

namespace steelyard {

/// The number a balancer gives to a request: 1, 2, 3, … in order of submission. Future::id().
using JobNumber = std::uint64_t;

/// How one attempt at a job ended.
enum class AttemptEnding : std::uint8_t {
  Finished,   ///< the work function returned
  Failed,     ///< it threw
  Retry,      ///< it threw a RetryableError: another attempt follows, unless there were enough
  Forwarded,  ///< it returned a Next: another function follows, unless there were enough
};

/// Hears what becomes of each request: submitted, then for each attempt started and finished, then
/// returned. A request that is not done (refused, stopped) is submitted and returned.
///
/// Called on the balancer's threads and on those that call it, several at once: an observer that
/// keeps something synchronises it itself. It is called while nothing is locked, in the way of the
/// work: it should be quick, and must not wait for the balancer. What it throws is ignored.
/// After `Balancer::drain` or `stop` everything has been said.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// On the requester's thread, before anything else happens to the request.
  virtual void submitted(JobNumber /*job*/) {}
  /// On the worker's thread, before the work function runs.
  virtual void started(JobNumber /*job*/, WorkerId /*worker*/) {}
  /// On the worker's thread, after the work function ran.
  virtual void finished(JobNumber /*job*/, WorkerId /*worker*/, AttemptEnding /*how*/) {}
  /// The requester has its answer: without `error` the result; WorkFailed: the work's own error;
  /// otherwise why it was not done.
  virtual void returned(JobNumber /*job*/, std::optional<ErrorCode> /*error*/) {}
};

}  // namespace steelyard
