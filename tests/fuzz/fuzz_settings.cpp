// Any text in the place of what people configure: a strategy with its parameters, a command, a
// job's id, a file of jobs to simulate. It is understood or refused with a sentence, and what is
// understood is the same when it is written again.
#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/zmq/job_id.hpp"
#include "steelyard/sim/trace.hpp"
#include "steelyard/strategy/registry.hpp"

namespace {

using namespace steelyard;

constexpr std::size_t kMaxLines = 1'000;

template <class Value>
void require_reason(const Result<Value>& result) {
  STEELYARD_ASSERT(result || !result.error().context.empty());
}

void read_command(std::string_view text) {
  const auto command = CommandLine::parse(text);
  require_reason(command);
  if (!command) return;
  STEELYARD_ASSERT(!command->words().empty());
  STEELYARD_ASSERT(command->with_state("a b").size() == command->words().size());
}

void read_job_id(std::string_view text) {
  const auto id = JobId::parse(text);
  require_reason(id);
  if (id) STEELYARD_ASSERT(JobId::parse(id->text())->text() == id->text());
}

void read_strategy(std::string_view text) {
  const strategy::Registry registry;
  const auto strategy = registry.make(text);
  require_reason(strategy);
  STEELYARD_ASSERT(strategy.has_value() == registry.parameters(text).has_value());
}

void read_jobs(std::string_view text) {
  sim::Trace trace;
  for (std::size_t line = 0; line < kMaxLines && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto added = trace.add(text.substr(0, end));
    require_reason(added);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  require_reason(trace.scenario({}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'c':
      read_command(text);
      break;
    case 'i':
      read_job_id(text);
      break;
    case 's':
      read_strategy(text);
      break;
    default:
      read_jobs(text);
  }
  return 0;
}
