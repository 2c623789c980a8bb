#include "steelyard/gateway/api/context.hpp"
#include "steelyard/runtime/zmq/job_json.hpp"

/// DELETE /v1/jobs/{id}: cancels it, and says where it was and is.
namespace steelyard::gateway {

void cancel_job(Call call) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  const auto wait = read_seconds("wait", call.parameters.find("wait").value_or("0"),
                                 call.context->limits.max_wait);
  if (!wait) return call.respond(wait.error());
  BrokerLink& link = call.context->link;
  link.cancel({*id}, *wait,
              [call = std::move(call), id = *id](Result<std::vector<Cancellation>> told) {
                if (!told) return call.respond(told.error());
                const Cancellation& cancellation = told->front();
                if (cancellation.now == Standing::Unknown) return call.respond(no_such_job(id));
                call.respond(job_json(id.text(), cancellation));
              });
}

}  // namespace steelyard::gateway
