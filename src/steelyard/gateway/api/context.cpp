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
  respond(problem_of(error, context->limits.show_error_text));
}

void Call::respond(const boost::json::value& value, unsigned status) const {
  exchange->respond(
      {.status = status, .content_type = "application/json", .body = monitor::json_text(value)});
}

Result<JobId> Call::job() const {
  return JobId::parse(capture("id"));
}

Result<Parameters> Call::parameters(std::span<const std::string_view> names) const {
  auto parameters = Parameters::read(request.query());
  if (!parameters) return parameters;
  if (auto known = parameters->allow_only(names); !known) return tl::unexpected(known.error());
  return parameters;
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
