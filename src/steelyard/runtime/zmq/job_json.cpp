#include "steelyard/runtime/zmq/job_json.hpp"

#include <chrono>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {
namespace {

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

boost::json::object job_json(std::string_view id, const JobStatus& status) {
  boost::json::object line{{"id", id}, {"status", to_string(status.standing)}};
  if (status.standing != Standing::Unknown && status.standing != Standing::Gone) {
    line["waiting_s"] = seconds(status.times.waiting);
    line["running_s"] = seconds(status.times.running);
  }
  if (status.standing == Standing::Running) line["progress"] = status.progress;
  if (status.standing == Standing::Finished) {
    const bool is_text = is_valid_utf8(*status.result);
    line[is_text ? "result" : "result_base64"] =
        is_text ? *status.result : base64_encode(*status.result);
  } else if (!status.result) {
    line["error"] = printable(status.result.error().context);
    line["code"] = to_string(status.result.error().code);
  }
  return line;
}

boost::json::object job_json(std::string_view id, const Cancellation& cancellation) {
  return {{"id", id},
          {"was", to_string(cancellation.was)},
          {"status", to_string(cancellation.now)},
          {"final", cancellation.is_final}};
}

}  // namespace steelyard
