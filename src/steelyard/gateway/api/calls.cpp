#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_request.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAny = "*/*";
constexpr std::string_view kLines = "application/x-ndjson";
constexpr std::string_view kEvents = "text/event-stream";

/// Answers with the broker's report of this name.
template <const std::string_view& kReport>
void report(Call call) {
  answer_with_report(std::move(call), std::string(kReport));
}
constexpr std::string_view kQueues = "queues";
constexpr std::string_view kWorkers = "workers";
constexpr std::string_view kUsers = "users";
constexpr std::string_view kStates = "states";
constexpr std::string_view kStats = "stats";
constexpr std::string_view kParts = "parts";
constexpr std::string_view kHealth = "health";
constexpr std::string_view kQuarantine = "quarantine";

constexpr std::string_view kJobs = "/v1/jobs";
constexpr std::string_view kJob = "/v1/jobs/{id}";

std::vector<CallInfo> calls_that_hand_in() {
  const std::vector<std::string_view> settings(kJobSettings.begin(), kJobSettings.end());
  return {
      {"POST",
       "/v1/queues/{queue}/jobs",
       submit_job,
       "Hands in the body as a job; with wait, answers with its result if that is there in time",
       settings,
       {200, 202, 409, 413, 429, 500, 504},
       kAny,
       true},
      {"POST",
       "/v1/jobs:batch",
       submit_batch,
       "Hands in a job per line, and answers each with a line, in order",
       {},
       {200, 413},
       kLines,
       true},
  };
}

std::vector<CallInfo> calls_about_jobs() {
  return {
      {"GET",
       kJobs,
       tell_jobs,
       "How the jobs named by id stand, at most 1,000; without any, those that wait or run",
       {"id"},
       {200, 504},
       kJson},
      {"GET",
       kJob,
       tell_job,
       "How a job stands, with its result or error",
       {},
       {200, 404, 504},
       kJson},
      {"DELETE",
       kJob,
       cancel_job,
       "Cancels a job, and says where it was and is; waits so long for one that runs",
       {"wait"},
       {200, 404, 504},
       kJson},
      {"GET",
       "/v1/jobs/{id}/result",
       give_result,
       "The result as it is; 409 while there is none",
       {},
       {200, 404, 409, 500, 504},
       kAny},
      {"GET",
       "/v1/jobs/{id}/events",
       send_events,
       "Progress, partial results and the outcome, as server-sent events",
       {},
       {200, 204, 404, 504},
       kEvents,
       true},
      {"GET",
       "/v1/jobs/{id}/explain",
       explain_job,
       "Why a job waits, or why it was given where it was",
       {},
       {200, 404, 504},
       kJson},
  };
}

std::vector<CallInfo> calls_to_look() {
  return {
      {"GET", "/v1/queues", report<kQueues>, "The queues", {}, {200, 504}, kJson},
      {"GET", "/v1/workers", report<kWorkers>, "The workers", {}, {200, 504}, kJson},
      {"GET", "/v1/users", report<kUsers>, "The users", {}, {200, 504}, kJson},
      {"GET", "/v1/states", report<kStates>, "The states that jobs need", {}, {200, 504}, kJson},
      {"GET", "/v1/stats", report<kStats>, "Counts and mean times", {}, {200, 504}, kJson},
      {"GET",
       "/v1/workers/{name}/explain",
       explain_worker,
       "The last decisions about the workers of this name",
       {"last"},
       {200, 404, 504},
       kJson},
      {"GET", "/v1/parts", report<kParts>, "Hubs and gateways, as they say", {}, {200, 504}, kJson},
      {"GET",
       "/v1/health",
       report<kHealth>,
       "Whether all is well, and what to do where it is not",
       {},
       {200, 504},
       kJson},
      {"GET", "/openapi.json", give_openapi, "This document", {}, {200}, kJson},
  };
}

std::vector<CallInfo> calls_to_operate() {
  return {
      {"POST",
       "/v1/workers/{name}:drain",
       drain_worker,
       "Lets the workers of this name finish what they have and go",
       {},
       {200, 404, 504},
       kJson},
      {"GET",
       "/v1/quarantine",
       report<kQuarantine>,
       "The jobs in quarantine, and how their workers died",
       {},
       {200, 504},
       kJson},
      {"POST",
       "/v1/quarantine/{id}:release",
       release_job,
       "Has a job of quarantine run once more",
       {},
       {200, 404, 504},
       kJson},
      {"POST",
       "/v1/quarantine/{id}:drop",
       drop_job,
       "Forgets a job of quarantine",
       {},
       {200, 404, 504},
       kJson},
  };
}

}  // namespace

const std::vector<CallInfo>& api_calls() {
  static const std::vector<CallInfo> kCalls = [] {
    std::vector<CallInfo> calls = calls_that_hand_in();
    for (const auto& more : {calls_about_jobs(), calls_to_look(), calls_to_operate()}) {
      calls.insert(calls.end(), more.begin(), more.end());
    }
    return calls;
  }();
  return kCalls;
}

}  // namespace steelyard::gateway
