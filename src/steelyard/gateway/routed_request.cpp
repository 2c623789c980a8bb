#include "steelyard/gateway/routed_request.hpp"

#include <utility>

#include <fmt/format.h>

namespace steelyard::gateway {

void RoutedRequest::begin(const std::shared_ptr<RoutedRequest>& request, RouteJob job) {
  RoutedRequest& self = *request;
  if (job.time_out) {
    self.time_out_ = *job.time_out;
    self.deadline_ = self.tools_.deadlines.add(Deadlines::Clock::now() + *job.time_out, self);
  }
  self.ticket_ = self.tools_.link.submit(std::move(job.job), request);
  // Not called after the answer, before which the link keeps the request. The pointer alone fits
  // into the function without memory of its own.
  self.exchange_->when_gone([raw = request.get()] { raw->on_gone(); });
}

void RoutedRequest::on_answer(Result<std::string> result, const JobTimes&) {
  forget_deadline();
  exchange_->respond(result ? to_response(route_, std::string_view(*result))
                            : to_response(route_, result.error()));
}

void RoutedRequest::on_deadline() {
  deadline_.reset();
  const auto exchange = exchange_;
  const double seconds = std::chrono::duration<double>(time_out_).count();
  Problem problem{
      .status = 504,
      .code = "timed_out",
      .detail = fmt::format("no worker of queue '{}' answered within {} s", route_.queue, seconds)};
  give_up(tools_.counters.timed_out);  // and this is gone
  exchange->respond(to_response(problem));
}

void RoutedRequest::on_gone() {
  forget_deadline();
  give_up(tools_.counters.gone);
}

void RoutedRequest::give_up(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
  tools_.link.give_up(ticket_);
}

void RoutedRequest::forget_deadline() {
  if (deadline_) tools_.deadlines.remove(*deadline_);
  deadline_.reset();
}

}  // namespace steelyard::gateway
