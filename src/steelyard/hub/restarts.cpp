#include "steelyard/hub/restarts.hpp"

#include <algorithm>

namespace steelyard::hub {
namespace {

Duration pause_after(const RestartSpec& spec, std::uint32_t crashes) {
  Duration pause = spec.first;
  for (std::uint32_t i = 1; i < crashes && pause < spec.longest; ++i) pause *= 2;
  return std::min(pause, spec.longest);
}

}  // namespace

void Restarts::crashed(TimePoint now, std::uint64_t round, bool was_healthy) {
  // What kills healthy ones together, such as a full memory, is one crash as well.
  if (round < round_ && (!was_healthy || now < not_before_)) return;
  ++round_;
  ++in_a_row_;
  not_before_ = std::max(not_before_, now + pause_after(spec_, in_a_row_));
  times_.push_back(now);
  while (times_.size() > spec_.give_up_after_crashes) times_.pop_front();
}

void Restarts::forget() {
  in_a_row_ = 0;
  not_before_ = {};
  times_.clear();
}

bool Restarts::is_hopeless(TimePoint now) const {
  return times_.size() >= spec_.give_up_after_crashes &&
         now - times_.front() <= spec_.give_up_within;
}

}  // namespace steelyard::hub
