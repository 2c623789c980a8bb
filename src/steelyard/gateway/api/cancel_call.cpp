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
  ApiContext& context = *call.context;
  const std::uint32_t waits = wait->count() > 0 ? 1 : 0;
  if (waits > 0 && context.waiting_cancels >= context.limits.max_waiting_cancels) {
    return call.respond(Problem{503, "too_many_cancels",
                                "too many calls wait for jobs to end; ask again later, or without "
                                "wait",
                                std::chrono::seconds(1)});
  }
  context.waiting_cancels += waits;
  context.link.cancel({*id}, *wait, [call = std::move(call), id = *id, waits](auto told) {
    call.context->waiting_cancels -= waits;
    if (!told) return call.respond(told.error());
    const Cancellation& cancellation = told->front();
    if (cancellation.now == Standing::Unknown) {
      return call.respond(no_such_job(id));
    }
    call.respond(job_json(id.text(), cancellation));
  });
}

}  // namespace steelyard::gateway
