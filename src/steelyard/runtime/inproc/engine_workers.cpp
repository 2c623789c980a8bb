#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/engine_turn.hpp"

/// Workers that come and go, and the end of everything.
namespace steelyard::inproc {
namespace {

constexpr std::uint32_t kMaxSlots = 1024;
constexpr std::uint32_t kMaxStates = 1024;

Result<void> check(const WorkerOptions& options) {
  if (options.slots == 0 || options.slots > kMaxSlots) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("slots = {} is not within 1 to {}", options.slots, kMaxSlots));
  }
  if (!std::isfinite(options.weight) || options.weight <= 0) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("weight = {} is not above 0", options.weight));
  }
  if (options.queues.empty()) {
    return failure(ErrorCode::InvalidArgument, "a worker needs at least one of queues");
  }
  if (options.priority_min > options.priority_max) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("priority_min = {} is above priority_max = {}", options.priority_min,
                               options.priority_max));
  }
  if (options.max_states == 0 || options.max_states > kMaxStates) {
    return failure(ErrorCode::InvalidArgument, fmt::format("max_states = {} is not within 1 to {}",
                                                           options.max_states, kMaxStates));
  }
  return {};
}

}  // namespace

Result<Engine::Offer> Engine::offer(const WorkerOptions& options) {
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  Offer offer{options, {}, {}};
  for (const std::string& name : options.queues) {
    const auto queue = names_.queue(name);
    if (!queue) return tl::unexpected(queue.error());
    offer.queues.push_back(*queue);
  }
  auto tags = names_.tags(options.tags);
  if (!tags) return tl::unexpected(tags.error());
  offer.tags = std::move(*tags);
  return offer;
}

Result<WorkerId> Engine::add_worker(const WorkerOptions& options) {
  const auto offered = offer(options);
  if (!offered) return tl::unexpected(offered.error());
  WorkerPlace* place = nullptr;
  turn([this, &place, &options](Aftermath&) { place = &claim_place(options); });
  const WorkerId id = place->id;
  auto joined = start_threads(*place);
  if (joined) joined = join(*place, *offered);
  if (joined) return id;
  // Nobody knows these threads yet, so nobody else tells them to leave.
  for (Seat* const seat : place->seats) {
    if (seat->give_leave()) seat->wake();
  }
  part_with(*place);
  return tl::unexpected(joined.error());
}

/// A free number with seats for its threads.
WorkerPlace& Engine::claim_place(const WorkerOptions& options) {
  const std::uint32_t slots = options.slots;
  auto free = std::ranges::find_if(places_, [](const auto& place) { return !place; });
  if (free == places_.end()) free = places_.emplace(places_.end());
  *free = std::make_unique<WorkerPlace>(options.max_states);
  WorkerPlace& place = **free;
  place.idle.reserve(slots);
  place.id = WorkerId{static_cast<std::uint32_t>(free - places_.begin())};
  while (place.seats.size() < slots) {
    if (spare_seats_.empty()) {
      spare_seats_.push_back(seats_.emplace_back(std::make_unique<Seat>()).get());
    }
    place.seats.push_back(spare_seats_.back());
    spare_seats_.pop_back();
    place.seats.back()->place = &place;
  }
  return place;
}

Result<void> Engine::start_threads(WorkerPlace& place) {
  try {
    for (Seat* const seat : place.seats) {
      seat->thread = std::jthread([this, seat] { work(*seat); });
    }
  } catch (const std::system_error& error) {
    return failure(ErrorCode::SystemError, fmt::format("no thread: {}", error.what()));
  }
  return {};
}

Result<void> Engine::join(WorkerPlace& place, const Offer& offer) {
  const WorkerOptions& options = offer.options;
  Result<void> joined;
  turn([&](Aftermath& after) {
    if (scheduler_.stopping()) {
      joined = failure(ErrorCode::Stopped, "the balancer was stopped");
      return;
    }
    place.idle = place.seats;
    idle_count_ += options.slots;
    join_refusal_.reset();
    if (options.state_memory_bytes > 0) room_is_limited_ = true;
    core::WorkerProfile profile{offer.queues, options.priority_min, options.priority_max,
                                options.slots, options.weight};
    profile.tags = offer.tags;
    profile.max_states = options.max_states;
    profile.state_memory_bytes = options.state_memory_bytes;
    step(read_clock(), core::WorkerJoined{place.id, kPrincipal, profile}, after);
    if (!join_refusal_) return;
    joined = tl::unexpected(refusal(*join_refusal_));
    place.idle.clear();
    idle_count_ -= options.slots;
  });
  return joined;
}

Result<void> Engine::remove_worker(WorkerId id) {
  assert_not_a_worker();
  WorkerPlace* place = nullptr;
  turn([&](Aftermath& after) {
    if (!scheduler_.workers().joined(id) || places_[id.index()]->leaving) return;
    place = places_[id.index()].get();
    ask_to_leave(*place, after);
  });
  if (place == nullptr) {
    return failure(ErrorCode::InvalidArgument, fmt::format("there is no worker {}", id.value));
  }
  wait_until([place] { return place->dismissed.load(); });
  part_with(*place);
  return {};
}

void Engine::ask_to_leave(WorkerPlace& place, Aftermath& after) {
  place.leaving = true;
  step(read_clock(), core::WorkerDrainRequested{place.id}, after);
}

/// Joins the threads of a place that were told to leave, and frees its number and its seats.
void Engine::part_with(WorkerPlace& place) {
  for (Seat* const seat : place.seats) {
    if (seat->thread.joinable()) seat->thread.join();
  }
  turn([this, &place](Aftermath& after) {
    for (Seat* const seat : place.seats) {
      departed_attempts_run_ += seat->attempts_run.load();
      seat->reset();
      spare_seats_.push_back(seat);
    }
    places_[place.id.index()].reset();
    after.changed = true;
  });
}

void Engine::drain() {
  assert_not_a_worker();
  wait_until([this] {
    bool drained = false;
    turn([this, &drained](Aftermath&) {
      drained = scheduler_.book().total().jobs.unfinished() == 0 && refusing_.load() == 0;
    });
    return drained;
  });
}

void Engine::stop() {
  assert_not_a_worker();
  std::uint32_t phase = kRunning;
  if (!stop_phase_.compare_exchange_strong(phase, kStopping)) {
    while (stop_phase_.load() == kStopping) sleep_while(stop_phase_, kStopping);
    return;
  }
  std::vector<WorkerPlace*> mine;
  turn([&](Aftermath& after) {
    step(read_clock(), core::StopRequested{}, after);
    for (const auto& place : places_) {
      if (!place || place->leaving || !scheduler_.workers().joined(place->id)) continue;
      mine.push_back(place.get());
      ask_to_leave(*place, after);
    }
  });
  for (WorkerPlace* const place : mine) {
    wait_until([place] { return place->dismissed.load(); });
    part_with(*place);
  }
  // Others may be removing workers, or adding some in vain.
  wait_until([this] {
    bool empty = false;
    turn([this, &empty](Aftermath&) {
      empty = refusing_.load() == 0 &&
              std::ranges::all_of(places_, [](const auto& place) { return !place; });
    });
    return empty;
  });
  stop_phase_.store(kStopped);
  wake_all(&stop_phase_);
}

}  // namespace steelyard::inproc
