#include <fmt/format.h>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_request.hpp"

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

void explain_worker(Call call) {
  const std::string name(call.capture("name"));
  if (auto valid = check_name("worker", name); !valid) return call.respond(valid.error());
  const auto last = read_whole("last", call.parameters.find("last").value_or("20"), 1, 1'000);
  if (!last) return call.respond(last.error());
  answer_with_report(std::move(call), fmt::format("explain/worker/?last={}/{}", *last, name),
                     "unknown_worker");
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
