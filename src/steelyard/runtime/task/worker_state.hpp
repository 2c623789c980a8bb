#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steelyard {

/// What a worker keeps between jobs: models, dictionaries, connections, licences.
///
/// It holds up to `max_states` of them by name. The scheduler knows which, and has some given up
/// before it asks for another; should there be no room all the same, the one that was used least
/// recently goes.
///
/// Invariant: what `names()` lists is completely loaded. A load that throws leaves its state not
/// held, so that nobody relies on half a model.
/// Thread safety: none; a worker runs one state-using function at a time.
class WorkerState {
 public:
  explicit WorkerState(std::uint32_t max_states = 1);
  WorkerState(const WorkerState&) = delete;
  WorkerState& operator=(const WorkerState&) = delete;
  ~WorkerState() = default;

  // For work functions.

  /// The state `name` as type `T`, loading it first when it is not held as such.
  /// `load()` returns a T, and the time it takes is measured; what has to make room for it is
  /// destroyed before, so that one more than `max_states` never need to fit. The reference stays
  /// valid until the state is given up. Throws what `load` throws.
  template <class T, class Load>
  T& get_or_load(std::string_view name, Load&& load) {
    if (std::any* const held = use(name); held != nullptr && std::any_cast<T>(held) != nullptr) {
      return *std::any_cast<T>(held);
    }
    Attempt attempt(*this, name);
    std::any value;
    value.emplace<T>(std::forward<Load>(load)());
    return *std::any_cast<T>(attempt.succeeded(std::move(value)));
  }

  /// The name of the state that was used last; empty when nothing is held.
  [[nodiscard]] const std::string& name() const;
  /// All that are held, the one used last at the end.
  [[nodiscard]] std::vector<std::string> names() const;
  /// How often a state has been loaded: the worker's switches.
  [[nodiscard]] std::uint64_t loads() const { return kept_->loads; }

  /// The size of the state used last, as the caller has measured it.
  void set_bytes(std::uint64_t bytes);
  /// Says that a state held elsewhere (a child process, a device) was loaded, in that time.
  void mark_loaded(std::string_view name, std::chrono::nanoseconds load_time = {});
  /// Says that a state held elsewhere could not be loaded, and is not held.
  void mark_failed(std::string_view name);
  /// Lets go of one; nothing happens when it is not held.
  void evict(std::string_view name);
  /// Lets go of whatever is held.
  void clear();

  /// What is known about one state since the job began.
  struct Notes {
    std::chrono::nanoseconds load_time{};  ///< above zero when it was loaded
    bool load_failed = false;              ///< the last time it was tried
    std::uint64_t bytes = 0;               ///< 0: not measured
  };
  /// Says what the job did to a state, when all are held elsewhere, and which are (nullopt: not
  /// known). Nothing is kept here then, so that jobs may do this beside each other.
  void keep_elsewhere(std::string_view name, const Notes& notes,
                      std::optional<std::vector<std::string>> held);

  // For who runs them.

  /// Another view of the same states for a job that may run beside others: what the job notes is
  /// its own.
  [[nodiscard]] WorkerState for_job() const { return WorkerState(kept_); }
  /// Forgets what the last job noted.
  void begin_job();

  [[nodiscard]] bool has_notes() const { return !notes_.empty(); }
  [[nodiscard]] Notes notes_about(std::string_view name) const;
  /// What is held, as far as that is known: here, or elsewhere. nullopt: no state was ever loaded.
  [[nodiscard]] std::optional<std::vector<std::string>> holding() const;
  /// The same of a job that runs beside others, which may be changing what is held here.
  [[nodiscard]] const std::optional<std::vector<std::string>>& holding_elsewhere() const {
    return elsewhere_;
  }
  /// Changes whenever what is held here does.
  [[nodiscard]] std::uint64_t revision() const { return kept_->revision; }

 private:
  struct State {
    std::string name;
    std::any value;
  };
  struct Kept {
    std::uint32_t max_states = 1;
    std::list<State> states;  // the one used last at the end; a list, so that none is moved
    std::uint64_t loads = 0;
    std::uint64_t revision = 0;
  };
  struct Note {
    std::string name;
    Notes notes;
  };

  /// A load under way, for which room was made; it has failed unless it is said to have succeeded.
  class Attempt {
   public:
    Attempt(WorkerState& state, std::string_view name);
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    std::any* succeeded(std::any value);

   private:
    WorkerState& state_;
    const std::string name_;
    std::chrono::steady_clock::time_point began_;
    bool failed_ = true;
  };

  explicit WorkerState(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}
  [[nodiscard]] std::any* use(std::string_view name);
  void make_room();
  std::any* hold(std::string_view name, std::any value);
  [[nodiscard]] Notes& note(std::string_view name);

  std::shared_ptr<Kept> kept_;
  std::vector<Note> notes_;  // few: a job uses one state
  std::optional<std::vector<std::string>> elsewhere_;
};

}  // namespace steelyard
