#include "steelyard/runtime/zmq/job_id.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace steelyard {
namespace {

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

}  // namespace steelyard
