#include <fmt/format.h>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/runtime/zmq/job_json.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// GET /v1/jobs/{id}, GET /v1/jobs?id=a&id=b, GET /v1/jobs.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;

Result<std::vector<JobId>> read_ids(const std::vector<std::string_view>& texts) {
  if (texts.size() > zmq_runtime::kMaxAskedJobs) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("at most {} ids at once", zmq_runtime::kMaxAskedJobs));
  }
  std::vector<JobId> ids;
  for (const std::string_view text : texts) {
    const auto id = JobId::parse(text);
    if (!id) return tl::unexpected(id.error());
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

void tell_job(Call call) {
  with_job_status(std::move(call), [](const Call& asked, const JobId& id, JobStatus& status) {
    asked.respond(job_json(id.text(), status));
  });
}

void tell_jobs(Call call) {
  const auto texts = call.parameters.all("id");
  if (texts.empty()) return answer_with_report(std::move(call), "jobs");
  auto ids = read_ids(texts);
  if (!ids) return call.respond(ids.error());
  BrokerLink& link = call.context->link;
  link.get(*ids, [call = std::move(call), ids = *ids](Result<std::vector<JobStatus>> told) {
    if (!told) return call.respond(told.error());
    json::array jobs;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      jobs.push_back(job_json(ids[i].text(), (*told)[i]));
    }
    call.respond(json::object{{"jobs", std::move(jobs)}});
  });
}

}  // namespace steelyard::gateway
