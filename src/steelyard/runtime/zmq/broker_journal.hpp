#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/store/writer.hpp"

namespace steelyard::zmq_runtime {

/// The broker's journal: the port's records go to the writer's thread, and what became of them
/// comes back.
///
/// Thread safety: none; it belongs to the broker's loop.
class BrokerJournal final : public JournalSink {
 public:
  /// Writes to `log` from now on; `changed` is called on the writer's thread when there is
  /// something to `tell`.
  void open(std::unique_ptr<store::Log> log, std::function<void()> changed);

  std::uint64_t append(store::Record record) override;
  [[nodiscard]] bool is_behind() const override;

  /// Tells the port how far the journal is, if that has changed.
  void tell(BrokerPort& port, TimePoint now);
  /// What was appended may be written.
  void flush();
  /// Writes what can be written, and tells the port. Does nothing without a log.
  void close(BrokerPort& port, TimePoint now);

 private:
  void tell(BrokerPort& port, TimePoint now, const store::Written& written);

  std::optional<store::Writer> writer_;
  store::Written told_;
};

}  // namespace steelyard::zmq_runtime
