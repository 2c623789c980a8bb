#include "steelyard/gateway/api/context.hpp"

/// What the broker says about itself, as `steelyard ls`, `stats` and `explain` print it with
/// `--json`.
namespace steelyard::gateway {

void answer_with_report(Call call, std::string what, std::string_view unknown) {
  BrokerLink& link = call.context->link;
  link.query(std::move(what), [call = std::move(call), unknown](Result<std::string> report) {
    if (report) {
      return call.exchange->respond(
          {.content_type = "application/json", .body = std::move(*report)});
    }
    if (report.error().code == ErrorCode::InvalidArgument && !unknown.empty()) {
      return call.respond(Problem{404, std::string(unknown), report.error().context, {}});
    }
    call.respond(report.error());
  });
}

void report_queues(Call call) {
  answer_with_report(std::move(call), "queues");
}

void report_workers(Call call) {
  answer_with_report(std::move(call), "workers");
}

void report_users(Call call) {
  answer_with_report(std::move(call), "users");
}

void report_states(Call call) {
  answer_with_report(std::move(call), "states");
}

void report_stats(Call call) {
  answer_with_report(std::move(call), "stats");
}

void explain_job(Call call) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  answer_with_report(std::move(call), "explain/job/" + id->text(), "unknown_job");
}

void give_openapi(Call call) {
  call.exchange->respond({.content_type = "application/json", .body = call.context->openapi});
}

}  // namespace steelyard::gateway
