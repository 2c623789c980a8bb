#include "steelyard/gateway/api/job_request.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/api/parameters.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

namespace steelyard::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMaxTime{zmq_runtime::kMaxDelay_ms};

Result<void> read_name(std::string_view what, std::string_view value, std::string& into) {
  if (auto valid = check_name(what, value); !valid) return valid;
  into = value;
  return {};
}

Result<void> read_time(std::string_view what, std::string_view value, milliseconds most,
                       milliseconds& into) {
  const auto time = read_seconds(what, value, most);
  if (!time) return tl::unexpected(time.error());
  into = *time;
  return {};
}

Result<void> read_tags(std::string_view value, std::vector<std::string>& into) {
  into.clear();
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    std::string_view tag = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
    while (tag.starts_with(' ')) tag.remove_prefix(1);
    while (tag.ends_with(' ')) tag.remove_suffix(1);
    if (auto valid = read_name("tags", tag, into.emplace_back()); !valid) return valid;
    if (into.size() > zmq_runtime::kMaxTagsPerJob) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("tags: at most {}", zmq_runtime::kMaxTagsPerJob));
    }
  }
  return {};
}

Result<void> read_durability(std::string_view value, Durability& into) {
  if (value != "memory" && value != "journal") {
    return failure(ErrorCode::InvalidArgument, "durability is memory or journal");
  }
  into = value == "journal" ? Durability::Journal : Durability::Memory;
  return {};
}

template <class Number>
Result<void> read_number(std::string_view what, std::string_view value, std::int64_t least,
                         std::int64_t most, Number& into) {
  const auto number = read_whole(what, value, least, most);
  if (!number) return tl::unexpected(number.error());
  into = static_cast<Number>(*number);
  return {};
}

}  // namespace

Result<void> check_name(std::string_view what, std::string_view name) {
  if (is_valid_name(name)) return {};
  return failure(
      ErrorCode::InvalidName,
      fmt::format("{} \"{}\" is no name: 1 to {} of A-Z a-z 0-9 . _ : / @ -, and no dash "
                  "first",
                  what, printable(name.substr(0, kMaxNameBytes)), kMaxNameBytes));
}

std::string header_of(std::string_view setting) {
  if (setting == "key") return "Idempotency-Key";
  std::string name = "Steelyard-";
  bool begins = true;
  for (const char c : setting) {
    const bool lower = c >= 'a' && c <= 'z';
    name += c == '_' ? '-' : begins && lower ? static_cast<char>(c - 'a' + 'A') : c;
    begins = c == '_';
  }
  return name;
}

Result<void> read_setting(std::string_view setting, std::string_view value, milliseconds max_wait,
                          JobRequest& job) {
  RemoteJobOptions& options = job.options;
  if (setting == "state") return read_name(setting, value, options.state);
  if (setting == "user") return read_name(setting, value, options.user);
  if (setting == "key") return read_name(setting, value, options.key);
  if (setting == "tags") return read_tags(value, options.tags);
  if (setting == "durability") return read_durability(value, options.durability);
  if (setting == "deadline_s") return read_time(setting, value, kMaxTime, options.start_within);
  if (setting == "delay_s") return read_time(setting, value, kMaxTime, options.delay);
  if (setting == "time_limit_s") return read_time(setting, value, kMaxTime, options.time_limit);
  if (setting == "wait") return read_time(setting, value, max_wait, job.wait);
  if (setting == "priority") {
    using Limits = std::numeric_limits<std::int32_t>;
    return read_number(setting, value, Limits::min(), Limits::max(), options.priority);
  }
  if (setting == "stream") {
    return read_number(setting, value, 0, zmq_runtime::kMaxStreamWindowBytes,
                       options.stream_window_bytes);
  }
  const auto keep = read_flag(setting, value);
  if (!keep) return tl::unexpected(keep.error());
  job.keep = *keep;
  return {};
}

}  // namespace steelyard::gateway
