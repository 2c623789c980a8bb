// Any bytes as what the jobs API reads from a request: the first line is a query, the next ones are
// a batch's. Whatever is refused is so with a sentence; what is taken is within its bounds.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/gateway/api/batch_line.hpp"
#include "steelyard/gateway/api/content_type.hpp"
#include "steelyard/gateway/api/parameters.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace {

using namespace steelyard;
using namespace steelyard::gateway;

constexpr std::chrono::milliseconds kMaxWait{60'000};

void check(const JobRequest& job) {
  const RemoteJobOptions& options = job.options;
  for (const std::string& name : {options.state, options.user, options.key}) {
    STEELYARD_ASSERT(name.empty() || is_valid_name(name));
  }
  for (const std::string& tag : options.tags) STEELYARD_ASSERT(is_valid_name(tag));
  STEELYARD_ASSERT(options.tags.size() <= 16);
  STEELYARD_ASSERT(job.wait.count() >= 0 && job.wait <= kMaxWait);
  STEELYARD_ASSERT(options.delay.count() >= 0 && options.start_within.count() >= 0);
  STEELYARD_ASSERT(options.stream_window_bytes <= std::uint64_t{16} << 20);
}

void read_query(std::string_view query) {
  const auto parameters = Parameters::read(query);
  if (!parameters) return STEELYARD_ASSERT(is_valid_utf8(parameters.error().context));
  const auto known = parameters->allow_only(kJobSettings);
  STEELYARD_ASSERT(known || is_valid_utf8(known.error().context));
  JobRequest job;
  for (const std::string_view setting : kJobSettings) {
    const auto value = parameters->find(setting);
    if (!value) continue;
    const auto read = read_setting(setting, *value, kMaxWait, job);
    if (!read) return STEELYARD_ASSERT(is_valid_utf8(read.error().context));
  }
  check(job);
}

void read_line(std::string_view text) {
  const auto line = read_batch_line(text, kMaxWait);
  if (!line) return STEELYARD_ASSERT(!line.error().context.empty());
  STEELYARD_ASSERT(is_valid_name(line->queue));
  check(line->job);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  STEELYARD_ASSERT(!content_type_of(text).empty());
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (std::exchange(first, false)) {
      read_query(line);
    } else {
      read_line(line);
    }
  }
  return 0;
}
