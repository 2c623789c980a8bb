#include "steelyard/gateway/api/followed_job.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/gateway/api/context.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::chrono::milliseconds kFirstLook{20};
constexpr std::chrono::milliseconds kSlowestLook{1'000};

}  // namespace

FollowedJob::FollowedJob(BrokerLink& link, const boost::asio::any_io_executor& thread,
                         const JobId& job, Then then)
    : link_(link), job_(job), timer_(thread), look_in_(kFirstLook), then_(std::move(then)) {}

void FollowedJob::look() {
  // Nobody else holds this.
  link_.get({job_}, [self = shared_from_this()](Result<std::vector<JobStatus>> told) {
    if (self->then_) self->on_look(std::move(told));
  });
}

void FollowedJob::on_look(Result<std::vector<JobStatus>> told) {
  if (told && is_under_way(told->front().standing)) {
    timer_.expires_after(look_in_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->then_) self->look();
    });
    look_in_ = std::min(2 * look_in_, kSlowestLook);
    return;
  }
  const Then then = std::exchange(then_, nullptr);
  if (!told) return then(tl::unexpected(std::move(told.error())));
  then(std::move(told->front()));
}

void FollowedJob::stop() {
  timer_.cancel();
  then_ = nullptr;
}

}  // namespace steelyard::gateway
