#include "steelyard/gateway/api/context.hpp"

/// GET /v1/jobs/{id}/result: as it is, or why there is none.
namespace steelyard::gateway {
namespace {

Problem not_finished(const JobId& id, Standing standing) {
  return {.status = 409,
          .code = "not_finished",
          .detail = "the job " + id.text() + " is " + std::string(to_string(standing)),
          .retry_after = std::chrono::seconds(1)};
}

void answer(const Call& call, const JobId& id, JobStatus& status) {
  if (is_under_way(status.standing)) return call.respond(not_finished(id, status.standing));
  if (status.standing == Standing::Gone) {
    return call.respond(Problem{404, "gone", "the job has ended, and its result is not kept", {}});
  }
  if (!status.result) return call.respond(status.result.error());
  call.exchange->respond(result_response(id, std::move(*status.result)));
}

}  // namespace

void give_result(Call call) {
  with_job_status(std::move(call), answer);
}

}  // namespace steelyard::gateway
