#pragma once

#include <cstdint>

#include "steelyard/store/record.hpp"

namespace steelyard::zmq_runtime {

/// Where the broker's port puts what is to outlive the program. How far that has come is told to
/// the port by whoever owns both (BrokerPort::persisted, BrokerPort::journal_failing).
///
/// Thread safety: none; it belongs to the broker's loop.
class JournalSink {
 public:
  virtual ~JournalSink() = default;
  /// Returns the record's position: 1, 2, 3 …
  virtual std::uint64_t append(store::Record record) = 0;
  /// Whether so much waits to be written that nothing new should be taken.
  [[nodiscard]] virtual bool is_behind() const = 0;
};

}  // namespace steelyard::zmq_runtime
