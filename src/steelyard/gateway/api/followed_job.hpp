#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "steelyard/gateway/broker_link.hpp"

namespace steelyard::gateway {

/// A job that was handed in before: the broker is asked how it stands until it is over, at first
/// after 20 ms, then ever less often, at last once a second.
///
/// Lives until it has told, or is stopped: whoever follows needs no more than a weak reference.
/// Thread safety: none; the link's thread. The link outlives it.
class FollowedJob : public std::enable_shared_from_this<FollowedJob> {
 public:
  /// How the job stands that is over, or is not known; or why the broker did not say it.
  using Then = std::function<void(Result<JobStatus>)>;

  FollowedJob(BrokerLink& link, const boost::asio::any_io_executor& thread, const JobId& job,
              Then then);

  void look();
  /// Nobody is told any more.
  void stop();

 private:
  void on_look(Result<std::vector<JobStatus>> told);

  BrokerLink& link_;
  const JobId job_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds look_in_;
  Then then_;
};

}  // namespace steelyard::gateway
