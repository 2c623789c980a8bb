#include "steelyard/base/result.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace steelyard {
namespace {

using Entry = std::pair<ErrorCode, std::string_view>;
constexpr auto kNames = std::to_array<Entry>({
    {ErrorCode::WorkFailed, "work_failed"},
    {ErrorCode::AttemptsExhausted, "attempts_exhausted"},
    {ErrorCode::Cancelled, "cancelled"},
    {ErrorCode::Expired, "expired"},
    {ErrorCode::OverTimeLimit, "over_time_limit"},
    {ErrorCode::Quarantined, "quarantined"},
    {ErrorCode::Dropped, "dropped"},
    {ErrorCode::Stopped, "stopped"},
    {ErrorCode::QueueFull, "queue_full"},
    {ErrorCode::UserOverLimit, "user_over_limit"},
    {ErrorCode::QueueOverLimit, "queue_over_limit"},
    {ErrorCode::DuplicateKey, "duplicate_key"},
    {ErrorCode::KeyConflict, "key_conflict"},
    {ErrorCode::NotJournalled, "not_journalled"},
    {ErrorCode::JournalFull, "journal_full"},
    {ErrorCode::JournalBroken, "journal_broken"},
    {ErrorCode::JournalBehind, "journal_behind"},
    {ErrorCode::SessionEnded, "session_ended"},
    {ErrorCode::SessionFull, "session_full"},
    {ErrorCode::PayloadTooLarge, "payload_too_large"},
    {ErrorCode::OutOfMemoryBudget, "out_of_memory_budget"},
    {ErrorCode::TooManyNames, "too_many_names"},
    {ErrorCode::TooManyLanes, "too_many_lanes"},
    {ErrorCode::StateTooLarge, "state_too_large"},
    {ErrorCode::TooManyPools, "too_many_pools"},
    {ErrorCode::TooManyWorkers, "too_many_workers"},
    {ErrorCode::TooManySessions, "too_many_sessions"},
    {ErrorCode::InvalidName, "invalid_name"},
    {ErrorCode::InvalidArgument, "invalid_argument"},
    {ErrorCode::Malformed, "malformed"},
    {ErrorCode::VersionMismatch, "version_mismatch"},
    {ErrorCode::NotConnected, "not_connected"},
    {ErrorCode::TimedOut, "timed_out"},
    {ErrorCode::JournalInUse, "journal_in_use"},
    {ErrorCode::SystemError, "system_error"},
    {ErrorCode::TooManyHops, "too_many_hops"},
    {ErrorCode::NoSuchTask, "no_such_task"},
    {ErrorCode::TooManyParts, "too_many_parts"},
});

}  // namespace

std::string_view to_string(ErrorCode code) {
  const auto* found = std::ranges::find(kNames, code, &Entry::first);
  return found == std::end(kNames) ? "unknown" : found->second;
}

ErrorCode error_code_from(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &Entry::second);
  return found == std::end(kNames) ? ErrorCode::WorkFailed : found->first;
}

std::string describe(const Error& error) {
  std::string text(to_string(error.code));
  if (!error.context.empty()) text.append(": ").append(error.context);
  return text;
}

}  // namespace steelyard
