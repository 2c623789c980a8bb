#include "steelyard/gateway/api/context.hpp"

/// POST /v1/quarantine/{id}:release and :drop: what becomes of a job whose workers died.
namespace steelyard::gateway {
namespace {

void decide(Call call, bool release) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  BrokerLink& link = call.context->link;
  link.quarantine(*id, release, [call = std::move(call), id = *id](Result<Standing> told) {
    if (told) {
      return call.respond(boost::json::object{{"id", id.text()}, {"status", to_string(*told)}});
    }
    if (told.error().code == ErrorCode::InvalidArgument) {
      return call.respond(Problem{404, "not_in_quarantine", told.error().context, {}});
    }
    call.respond(told.error());
  });
}

}  // namespace

void release_job(Call call) {
  decide(std::move(call), true);
}

void drop_job(Call call) {
  decide(std::move(call), false);
}

}  // namespace steelyard::gateway
