#include "submit/original.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace steelyard::cli {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1000};
/// The user may not want to wait so long for Ctrl+C.
constexpr std::chrono::milliseconds kLookAround{100};

void pause(std::chrono::milliseconds time, const std::atomic<bool>& stop) {
  CompletionQueue nothing;  // comes
  const auto end = std::chrono::steady_clock::now() + time;
  while (!stop && std::chrono::steady_clock::now() < end) {
    static_cast<void>(nothing.take(std::min(time, kLookAround)));
  }
}

}  // namespace

bool is_under_way(const JobStatus& status) {
  switch (status.standing) {
    case Standing::Delayed:
    case Standing::Queued:
    case Standing::Running:
    case Standing::Returning:
      return true;
    default:
      return false;
  }
}

Result<std::string> await_original(Client& client, const JobId& job,
                                   const std::atomic<bool>& stop) {
  for (auto wait = kFirstPause; !stop; wait = std::min(2 * wait, kLongestPause)) {
    auto told = client.get(job);
    if (!told) return tl::unexpected(told.error());
    if (!is_under_way(*told)) {
      const bool is_kept = told->standing != Standing::Unknown && told->standing != Standing::Gone;
      if (is_kept) return std::move(told->result);
      return failure(
          ErrorCode::DuplicateKey,
          fmt::format("job {} had this key, and its answer is not kept any more", job.text()));
    }
    pause(wait, stop);
  }
  return failure(ErrorCode::Stopped, "not waited for");
}

}  // namespace steelyard::cli
