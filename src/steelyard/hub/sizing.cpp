#include "steelyard/hub/sizing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "steelyard/monitor/warnings.hpp"

namespace steelyard::hub {
namespace {

using monitor::counted;

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

std::uint64_t divided_up(std::uint64_t number, std::uint64_t by) {
  return number / by + (number % by != 0 ? 1 : 0);
}

/// Slots beside the busy ones that begin `queued` jobs within the target: a busy slot, and a new
/// one, begins one after the other.
std::uint64_t further_slots(const Demand& demand, std::uint64_t busy, Duration target) {
  const double run_s = std::max(seconds(*demand.mean_run), 1e-6);
  const double begun_by_each = seconds(target) / run_s;
  const double left =
      static_cast<double>(demand.queued) - static_cast<double>(busy) * begun_by_each;
  if (left <= 0) return 0;
  return static_cast<std::uint64_t>(std::min(std::ceil(left / std::max(begun_by_each, 1.0)), 1e9));
}

}  // namespace

std::string Sizing::look(TimePoint now, const Demand& demand, const Manned& manned) {
  Need needed = need(demand, manned);
  // Slots may look free and take none of it: priority windows and tags are not known here.
  if (wanted_ <= 1 && needed.workers == 0 && demand.queued > 0 &&
      demand.longest_wait > spec_.target_wait) {
    needed = {1,
              fmt::format("a job has waited for {:.3g} s, longer than {:.3g} s, and no slot that "
                          "there is takes it",
                          seconds(demand.longest_wait), seconds(spec_.target_wait))};
  }
  const auto workers =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(needed.workers, spec_.min, spec_.max));
  if (workers >= wanted_) {
    lower_since_.reset();
    return workers == wanted_ ? std::string() : grow_to(workers, needed.why);
  }
  if (!lower_since_) {
    lower_since_ = now;
    most_needed_ = workers;
  }
  most_needed_ = std::max(most_needed_, workers);
  return now - *lower_since_ >= spec_.idle ? shrink(now, most_needed_) : std::string();
}

std::string Sizing::change(const SizeSpec& spec) {
  spec_ = spec;
  const std::uint32_t before = std::exchange(wanted_, std::clamp(wanted_, spec.min, spec.max));
  lower_since_.reset();
  if (before == wanted_) return {};
  return fmt::format("{} → {}: the bounds are {} to {} now", before,
                     counted(wanted_, "worker", "workers"), spec_.min, spec_.max);
}

Sizing::Need Sizing::need(const Demand& demand, const Manned& manned) const {
  // Small jobs may wait at their workers, so that more seem to run than there are slots.
  const std::uint64_t busy = std::min(demand.running, demand.slots);
  if (demand.queued == 0) return {divided_up(own_share(busy, demand, manned), spec_.slots), {}};
  if (!demand.mean_run) {
    const std::uint64_t slots = busy + std::min<std::uint64_t>(demand.queued, spec_.slots);
    return {divided_up(own_share(slots, demand, manned), spec_.slots),
            fmt::format("{}, and how long they run is not known yet",
                        counted(demand.queued, "job waits", "jobs wait"))};
  }
  const std::uint64_t slots = busy + further_slots(demand, busy, spec_.target_wait);
  Need result{divided_up(own_share(slots, demand, manned), spec_.slots),
              fmt::format("{} that run {:.3g} s each, {} busy; {} begin them within {:.3g} s",
                          counted(demand.queued, "job waits", "jobs wait"),
                          seconds(*demand.mean_run), counted(busy, "slot is", "slots are"),
                          counted(slots, "slot", "slots"), seconds(spec_.target_wait))};
  // While some of its own are still to come, the wait says nothing about those there are.
  const bool all_are_busy = busy == demand.slots && manned.starting == 0 && manned.ready >= wanted_;
  if (all_are_busy && demand.longest_wait > spec_.target_wait && result.workers <= wanted_) {
    result = {std::uint64_t{wanted_} + 1,
              fmt::format("every slot is busy, and a job has waited for {:.3g} s, longer than "
                          "{:.3g} s",
                          seconds(demand.longest_wait), seconds(spec_.target_wait))};
  }
  return result;
}

std::uint64_t Sizing::own_share(std::uint64_t slots, const Demand& demand,
                                const Manned& manned) const {
  const std::uint64_t own_ready = std::uint64_t{manned.ready} * spec_.slots;
  const std::uint64_t others = demand.slots - std::min(demand.slots, own_ready);
  if (others == 0) return slots;
  const std::uint64_t own = std::uint64_t{wanted_} * spec_.slots;
  if (own == 0) return slots - std::min(slots, others);
  return divided_up(slots * own, own + others);
}

std::string Sizing::grow_to(std::uint32_t target, const std::string& why) {
  const std::uint32_t before = wanted_;
  wanted_ = std::min(target, before + std::max(before, 1U));
  return fmt::format("{} → {}: {}", before, counted(wanted_, "worker", "workers"), why);
}

std::string Sizing::shrink(TimePoint now, std::uint32_t needed) {
  const std::uint32_t before = wanted_;
  wanted_ = std::max(needed, before - std::max(before / 4, 1U));
  const double for_s = seconds(now - *lower_since_);
  if (wanted_ == needed) lower_since_.reset();
  return fmt::format("{} → {}: no more than {} needed for {:.3g} s", before,
                     counted(wanted_, "worker", "workers"),
                     counted(needed, "worker was", "workers were"), for_s);
}

}  // namespace steelyard::hub
