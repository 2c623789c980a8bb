#include "steelyard/monitor/explain.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"

/// Which report is meant by what somebody asks for.
namespace steelyard::zmq_runtime {
namespace {

constexpr std::string_view kExplainJob = "explain/job/";
constexpr std::string_view kExplainWorker = "explain/worker/";

/// An id is shorter; an endless word is not sent back to whoever said it.
constexpr std::size_t kMaxIdBytes = 100;

}  // namespace

Result<std::string> BrokerPort::report_about(std::string_view what, SessionId by) const {
  if (what == "audit") return audit_report();
  if (what == "quarantine") return quarantine_report();
  if (what.starts_with(kExplainJob)) {
    return explain_job(what.substr(kExplainJob.size(), kMaxIdBytes), by);
  }
  if (!what.starts_with(kExplainWorker)) return monitor::report(what, sources());
  const auto question = monitor::WorkerQuestion::parse(what.substr(kExplainWorker.size()));
  if (!question) return tl::unexpected(question.error());
  return monitor::explain_worker(*question, sources());
}

Result<std::string> BrokerPort::explain_job(std::string_view id, SessionId by) const {
  const auto job = JobId::parse(id);
  if (!job) return tl::unexpected(job.error());
  return monitor::explain_job({by, sessions_.find(job->session), job->sequence}, sources());
}

}  // namespace steelyard::zmq_runtime
