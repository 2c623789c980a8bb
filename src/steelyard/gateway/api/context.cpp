#include "steelyard/gateway/api/context.hpp"

#include "steelyard/gateway/api/content_type.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::gateway {

std::string_view Call::capture(std::string_view name) const {
  for (const auto& [known, text] : captures) {
    if (known == name) return text;
  }
  return {};
}

void Call::respond(const Error& error) const {
  respond(problem_of(error, true));
}

void Call::respond(const boost::json::value& value, unsigned status) const {
  exchange->respond(
      {.status = status, .content_type = "application/json", .body = monitor::json_text(value)});
}

Result<JobId> Call::job() const {
  return JobId::parse(capture("id"));
}

void with_job_status(Call call, void (*then)(const Call&, const JobId&, JobStatus&)) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  BrokerLink& link = call.context->link;
  link.get({*id}, [call = std::move(call), id = *id, then](Result<std::vector<JobStatus>> told) {
    if (!told) return call.respond(told.error());
    JobStatus& status = told->front();
    if (status.standing == Standing::Unknown) return call.respond(no_such_job(id));
    then(call, id, status);
  });
}

http::Response result_response(const JobId& id, std::string result) {
  http::Response response;
  response.content_type = content_type_of(result);
  response.body = std::move(result);
  response.headers.push_back({"Steelyard-Job", id.text()});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

Problem no_such_job(const JobId& id) {
  return {.status = 404,
          .code = "unknown_job",
          .detail = "there is no job " + id.text() + ", or it is forgotten"};
}

bool is_under_way(Standing standing) {
  switch (standing) {
    case Standing::Delayed:
    case Standing::Queued:
    case Standing::Running:
    case Standing::Returning:
      return true;
    case Standing::Unknown:
    case Standing::Finished:
    case Standing::Failed:
    case Standing::Cancelled:
    case Standing::Expired:
    case Standing::Quarantined:
    case Standing::Gone:
      return false;
  }
  return false;
}

}  // namespace steelyard::gateway
