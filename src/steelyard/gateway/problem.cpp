#include "steelyard/gateway/problem.hpp"

#include <boost/json.hpp>

#include "steelyard/gateway/http/refusal.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

/// When to try again: room comes soon, a broker or a disk takes longer.
constexpr seconds kSoon{1};
constexpr seconds kLater{5};

struct Meaning {
  unsigned status;
  std::optional<seconds> retry_after{};
  bool is_works_own = false;  ///< its text is the work's
};

/// Every code is decided here: there is no default.
Meaning meaning_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::WorkFailed:
    case ErrorCode::AttemptsExhausted:
    case ErrorCode::Quarantined:
      return {500, std::nullopt, true};
    case ErrorCode::TooManyHops:
    case ErrorCode::NoSuchTask:
    case ErrorCode::SystemError:
      return {500};
    case ErrorCode::InvalidName:
    case ErrorCode::InvalidArgument:
    case ErrorCode::Malformed:
    case ErrorCode::NotJournalled:
    case ErrorCode::StateTooLarge:
      return {400};
    case ErrorCode::Cancelled:
    case ErrorCode::DuplicateKey:
    case ErrorCode::KeyConflict:
      return {409};
    case ErrorCode::PayloadTooLarge:
      return {413};
    case ErrorCode::UserOverLimit:
      return {429, kSoon};
    case ErrorCode::Dropped:
    case ErrorCode::QueueFull:
    case ErrorCode::QueueOverLimit:
    case ErrorCode::JournalBehind:
    case ErrorCode::SessionFull:
    case ErrorCode::OutOfMemoryBudget:
    case ErrorCode::TooManyNames:
    case ErrorCode::TooManyLanes:
    case ErrorCode::TooManyPools:
    case ErrorCode::TooManyWorkers:
    case ErrorCode::TooManySessions:
    case ErrorCode::TooManyParts:
      return {503, kSoon};
    case ErrorCode::Stopped:
    case ErrorCode::JournalFull:
    case ErrorCode::JournalBroken:
    case ErrorCode::JournalInUse:
    case ErrorCode::SessionEnded:
    case ErrorCode::VersionMismatch:
    case ErrorCode::NotConnected:
      return {503, kLater};
    case ErrorCode::Expired:
    case ErrorCode::OverTimeLimit:
    case ErrorCode::TimedOut:
      return {504};
  }
  return {500};
}

}  // namespace

http::Response to_response(const Problem& problem) {
  http::Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(json::object{{"type", "urn:steelyard:problem:" + problem.code},
                                               {"title", http::reason_phrase(problem.status)},
                                               {"status", problem.status},
                                               {"detail", printable(problem.detail)},
                                               {"code", problem.code}});
  if (problem.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(problem.retry_after->count())});
  }
  return response;
}

Problem problem_of(const Error& error, bool show_text) {
  const Meaning meaning = meaning_of(error.code);
  const bool hidden = meaning.is_works_own && !show_text;
  return {.status = meaning.status,
          .code = std::string(to_string(error.code)),
          .detail = hidden ? "the work failed" : error.context,
          .retry_after = meaning.retry_after};
}

}  // namespace steelyard::gateway
