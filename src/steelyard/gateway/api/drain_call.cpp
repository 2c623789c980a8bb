#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_request.hpp"

/// POST /v1/workers/{name}:drain: they finish what they have, get no more, and go.
namespace steelyard::gateway {

void drain_worker(Call call) {
  const std::string name(call.capture("name"));
  if (auto valid = check_name("worker", name); !valid) return call.respond(valid.error());
  BrokerLink& link = call.context->link;
  link.drain_worker(name, [call = std::move(call), name](Result<void> drained) {
    if (drained) return call.respond(boost::json::object{{"worker", name}, {"draining", true}});
    if (drained.error().code == ErrorCode::InvalidArgument) {
      return call.respond(Problem{404, "unknown_worker", drained.error().context, {}});
    }
    call.respond(drained.error());
  });
}

}  // namespace steelyard::gateway
