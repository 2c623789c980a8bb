#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "steelyard/base/interner.hpp"
#include "steelyard/core/actions.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/trace/encode.hpp"

namespace steelyard::trace {

/// Takes a recording block by block, for example into a file.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  /// Takes whole records. Returns whether it will take more; after false it is asked no more.
  /// Must not wait: the scheduler does.
  virtual bool take(std::string block) = 0;
};

/// The names behind the numbers in events, at the edge where they are given.
struct NameTables {
  const base::Interner<QueueId>& queues;
  const base::Interner<StateId>& states;
  const base::Interner<TenantId>& users;
  const base::Interner<TagId>& tags;
};

/// Writes down what goes into a scheduler and what it decided, so that a Reader can have another
/// scheduler do the same.
///
/// Blocks are handed over when they are full, or a second old when something happens; the first
/// one, which says what this is, at once, and the last one with this object's end. Once the sink
/// takes nothing more, nothing is recorded any more. Thread safety: none. Cost: some 100 ns per
/// event, without a lock or a system call in between blocks.
class Recorder {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
  static constexpr Duration kLongestDelay = std::chrono::seconds(1);

  /// Requires: the recording begins with the scheduler; `sink` is not null.
  Recorder(const Preface& preface, std::shared_ptr<Sink> sink);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();

  /// To be called after every step, with the time and the event that went in and the actions that
  /// came out, before they are carried out.
  void note(TimePoint now, const core::Event& event, const core::Actions& actions,
            const NameTables& names);

 private:
  void note_names(const NameTables& names);
  void hand_over(TimePoint now);

  const std::shared_ptr<Sink> sink_;
  bool stopped_ = false;
  std::string block_;
  TimePoint last_;            // event
  TimePoint handed_over_;     // the last block
  std::uint32_t queues_ = 0;  // names that are written, of each kind
  std::uint32_t states_ = 0;
  std::uint32_t users_ = 0;
  std::uint32_t tags_ = 0;
};

}  // namespace steelyard::trace
