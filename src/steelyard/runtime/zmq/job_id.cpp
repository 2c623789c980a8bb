#include "steelyard/runtime/zmq/job_id.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace steelyard {
namespace {

constexpr std::string_view kJobMark = " (job ";

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string JobId::text() const {
  return fmt::format("{:016x}-{}", session, sequence);
}

Result<JobId> JobId::parse(std::string_view text) {
  constexpr std::size_t kSessionDigits = 16;
  if (text.size() > kSessionDigits + 1 && text[kSessionDigits] == '-') {
    const auto session = number(text.substr(0, kSessionDigits), 16);
    const auto sequence = number(text.substr(kSessionDigits + 1), 10);
    if (session && sequence && *sequence > 0) return JobId{*session, *sequence};
  }
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("'{}' is no job id: they look like 0123456789abcdef-42", text));
}

std::optional<JobId> job_with_key(const Error& error) {
  if (error.code != ErrorCode::DuplicateKey && error.code != ErrorCode::KeyConflict) {
    return std::nullopt;
  }
  const std::string_view text = error.context;
  const std::size_t begin = text.rfind(kJobMark);
  if (begin == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
  const std::string_view id = text.substr(begin + kJobMark.size());
  const auto job = JobId::parse(id.substr(0, id.size() - 1));
  return job ? std::optional(*job) : std::nullopt;
}

std::string naming_job(std::string_view text, const JobId& job) {
  return fmt::format("{}{}{})", text, kJobMark, job.text());
}

}  // namespace steelyard
