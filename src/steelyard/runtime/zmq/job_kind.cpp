#include "steelyard/runtime/zmq/job_kind.hpp"

#include <algorithm>

namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;

std::uint64_t rest_of(milliseconds time, Duration age, milliseconds least) {
  const milliseconds passed = std::chrono::duration_cast<milliseconds>(age);
  return static_cast<std::uint64_t>(std::max(least, time - passed).count());
}

}  // namespace

void JobKind::describe(wire::SubmitRun& run, Duration age) const {
  run.set_queue(queue);
  run.set_state(state);
  run.set_user(user);
  run.set_priority(priority);
  run.set_unit(unit);
  run.set_keep(keep);
  for (const std::string& tag : tags) run.add_tags(tag);
  run.set_state_bytes(state_bytes);
  if (via_broker) run.set_result_via(wire::RESULT_VIA_BROKER);
  run.set_delay_ms(rest_of(delay, age, milliseconds(0)));
  // One whose time is over by now still says so: it is the broker that lets it expire.
  if (start_within.count() > 0) {
    run.set_start_within_ms(rest_of(start_within, age, milliseconds(1)));
  }
  run.set_time_limit_ms(static_cast<std::uint64_t>(time_limit.count()));
  run.set_key(key);
  if (journal) run.set_durability(wire::DURABILITY_JOURNAL);
  run.set_stream_window_bytes(stream_window_bytes);
}

}  // namespace steelyard::zmq_runtime
