#include <array>

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

namespace {

void report(Call call, std::string what) {
  if (auto none = call.parameters({}); !none) return call.respond(none.error());
  answer_with_report(std::move(call), std::move(what));
}

}  // namespace

void report_queues(Call call) {
  report(std::move(call), "queues");
}

void report_workers(Call call) {
  report(std::move(call), "workers");
}

void report_users(Call call) {
  report(std::move(call), "users");
}

void report_states(Call call) {
  report(std::move(call), "states");
}

void report_stats(Call call) {
  report(std::move(call), "stats");
}

void report_parts(Call call) {
  report(std::move(call), "parts");
}

void report_health(Call call) {
  report(std::move(call), "health");
}

void report_quarantine(Call call) {
  report(std::move(call), "quarantine");
}

void explain_worker(Call call) {
  constexpr std::array<std::string_view, 1> kNames{"last"};
  const std::string name(call.capture("name"));
  if (auto valid = check_name("worker", name); !valid) return call.respond(valid.error());
  const auto parameters = call.parameters(kNames);
  if (!parameters) return call.respond(parameters.error());
  const auto last = read_whole("last", parameters->find("last").value_or("20"), 1, 1'000);
  if (!last) return call.respond(last.error());
  answer_with_report(std::move(call), fmt::format("explain/worker/?last={}/{}", *last, name),
                     "unknown_worker");
}

void explain_job(Call call) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  if (auto none = call.parameters({}); !none) return call.respond(none.error());
  answer_with_report(std::move(call), "explain/job/" + id->text(), "unknown_job");
}

void give_openapi(Call call) {
  call.exchange->respond({.content_type = "application/json", .body = call.context->openapi});
}

}  // namespace steelyard::gateway
