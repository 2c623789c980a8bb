#include "steelyard/gateway/api/job_news.hpp"

#include <boost/json.hpp>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

Standing standing_of(const Result<std::string>& result) {
  if (result) return Standing::Finished;
  switch (result.error().code) {
    case ErrorCode::Cancelled:
      return Standing::Cancelled;
    case ErrorCode::Expired:
      return Standing::Expired;
    case ErrorCode::Quarantined:
      return Standing::Quarantined;
    default:
      return Standing::Failed;
  }
}

}  // namespace

void tell_news(JobFeed& feed, const Completion& news) {
  switch (news.kind) {
    case Completion::Kind::Progress:
      return feed.add("progress", json::serialize(json::object{{"progress", news.progress}}));
    case Completion::Kind::Partial: {
      const bool is_text = is_valid_utf8(*news.result);
      return feed.add(
          "partial",
          json::serialize(json::object{{is_text ? "partial" : "partial_base64",
                                        is_text ? *news.result : base64_encode(*news.result)}}));
    }
    case Completion::Kind::Restarted:
      return feed.add("restarted", "{}");
    case Completion::Kind::Gap:
      return feed.add("gap", "{}");
    case Completion::Kind::Answer:
    case Completion::Kind::Acknowledged:
      return;
  }
}

void tell_outcome(JobFeed& feed, std::string_view id, const Result<std::string>& result) {
  feed.add("outcome", outcome_json(id, standing_of(result), result), true);
}

std::string outcome_json(std::string_view id, Standing standing,
                         const Result<std::string>& result) {
  json::object outcome{{"id", id}, {"status", to_string(standing)}};
  if (!result) {
    outcome["error"] = printable(result.error().context);
    outcome["code"] = to_string(result.error().code);
  }
  return json::serialize(outcome);
}

}  // namespace steelyard::gateway
