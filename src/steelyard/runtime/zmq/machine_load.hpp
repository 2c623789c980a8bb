#pragma once

#include <cstdint>
#include <string>

namespace steelyard::zmq_runtime {

/// How busy this machine is, from the first line of Linux's `/proc/stat`: the ticks that all its
/// processors have spent on each kind of work since the start.
///
/// Thread safety: none. Cost of a look: some 50 µs.
class MachineLoad {
 public:
  /// `path` is another file in tests; empty: nothing is known.
  explicit MachineLoad(std::string path = "/proc/stat");

  /// Tenths of the time since the last look during which processors were busy, rounded. The last
  /// answer while no tick has passed; 0 when the file cannot be understood.
  std::uint8_t look();

 private:
  struct Ticks {
    std::uint64_t busy = 0;
    std::uint64_t all = 0;
  };
  [[nodiscard]] Ticks read() const;

  std::string path_;
  Ticks last_;
  std::uint8_t tenths_ = 0;
};

}  // namespace steelyard::zmq_runtime
