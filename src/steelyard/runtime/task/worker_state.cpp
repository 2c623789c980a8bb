#include "steelyard/runtime/task/worker_state.hpp"

#include <algorithm>

namespace steelyard {
namespace {

/// A load that took no time is one all the same.
constexpr std::chrono::nanoseconds kShortestLoad{1};

}  // namespace

WorkerState::WorkerState(std::uint32_t max_states) : kept_(std::make_shared<Kept>()) {
  kept_->max_states = std::max(max_states, std::uint32_t{1});
}

const std::string& WorkerState::name() const {
  static const std::string kNothing;
  return kept_->states.empty() ? kNothing : kept_->states.back().name;
}

std::vector<std::string> WorkerState::names() const {
  std::vector<std::string> names;
  for (const State& state : kept_->states) names.push_back(state.name);
  return names;
}

void WorkerState::set_bytes(std::uint64_t bytes) {
  if (!kept_->states.empty()) note(name()).bytes = bytes;
}

void WorkerState::mark_loaded(std::string_view name, std::chrono::nanoseconds load_time) {
  const std::string loaded(name);  // which may be that of a state that goes now
  evict(loaded);
  make_room();
  hold(loaded, {});
  Notes& notes = note(loaded);
  notes.load_time += std::max(load_time, kShortestLoad);
  notes.load_failed = false;
}

void WorkerState::mark_failed(std::string_view name) {
  note(name).load_failed = true;
  evict(name);
}

void WorkerState::keep_elsewhere(std::string_view name, const Notes& notes,
                                 std::optional<std::vector<std::string>> held) {
  note(name) = notes;
  elsewhere_ = std::move(held);
}

void WorkerState::evict(std::string_view name) {
  if (std::erase_if(kept_->states, [name](const State& state) { return state.name == name; }) > 0) {
    ++kept_->revision;
  }
}

void WorkerState::clear() {
  if (!kept_->states.empty()) ++kept_->revision;
  kept_->states.clear();
}

void WorkerState::begin_job() {
  notes_.clear();
  elsewhere_.reset();
}

WorkerState::Notes WorkerState::notes_about(std::string_view name) const {
  const auto found = std::ranges::find(notes_, name, &Note::name);
  return found == notes_.end() ? Notes{} : found->notes;
}

std::optional<std::vector<std::string>> WorkerState::holding() const {
  if (elsewhere_) return elsewhere_;
  if (kept_->loads == 0) return std::nullopt;
  return names();
}

std::any* WorkerState::use(std::string_view name) {
  auto& states = kept_->states;
  const auto found = std::ranges::find(states, name, &State::name);
  if (found == states.end()) return nullptr;
  states.splice(states.end(), states, found);
  return &found->value;
}

void WorkerState::make_room() {
  auto& states = kept_->states;
  while (states.size() >= kept_->max_states) {
    states.pop_front();
    ++kept_->revision;
  }
}

std::any* WorkerState::hold(std::string_view name, std::any value) {
  ++kept_->loads;
  ++kept_->revision;
  return &kept_->states.emplace_back(State{std::string(name), std::move(value)}).value;
}

WorkerState::Notes& WorkerState::note(std::string_view name) {
  const auto found = std::ranges::find(notes_, name, &Note::name);
  if (found != notes_.end()) return found->notes;
  return notes_.emplace_back(Note{std::string(name), {}}).notes;
}

WorkerState::Attempt::Attempt(WorkerState& state, std::string_view name)
    : state_(state), name_(name) {
  state_.evict(name_);
  state_.make_room();
  began_ = std::chrono::steady_clock::now();
}

WorkerState::Attempt::~Attempt() {
  state_.note(name_).load_failed = failed_;
}

std::any* WorkerState::Attempt::succeeded(std::any value) {
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began_;
  state_.note(name_).load_time += std::max(took, kShortestLoad);
  failed_ = false;
  return state_.hold(name_, std::move(value));
}

}  // namespace steelyard
