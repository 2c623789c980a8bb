#include "steelyard/runtime/zmq/machine_load.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace steelyard::zmq_runtime {
namespace {

/// Places in the line, after "cpu": user, nice, system, idle, iowait, irq, softirq, steal. What
/// follows them is counted in the first two already.
constexpr int kIdle = 3;
constexpr int kWaiting = 4;
constexpr int kPlaces = 8;

}  // namespace

MachineLoad::MachineLoad(std::string path) : path_(std::move(path)), last_(read()) {}

std::uint8_t MachineLoad::look() {
  const Ticks now = read();
  const std::uint64_t passed = now.all - last_.all;
  // After the start of a machine that this process was moved to, counts begin anew.
  const bool is_sound = now.all >= last_.all && now.busy >= last_.busy;
  if (is_sound && passed > 0) {
    tenths_ = static_cast<std::uint8_t>((20 * (now.busy - last_.busy) + passed) / (2 * passed));
  }
  if (now.all == 0) tenths_ = 0;
  last_ = now;
  return tenths_;
}

MachineLoad::Ticks MachineLoad::read() const {
  if (path_.empty()) return {};
  std::ifstream file(path_);
  std::string line;
  std::getline(file, line);
  std::istringstream words(line);
  std::string name;
  words >> name;
  Ticks ticks;
  std::uint64_t count = 0;
  for (int place = 0; name == "cpu" && place < kPlaces && words >> count; ++place) {
    ticks.all += count;
    if (place != kIdle && place != kWaiting) ticks.busy += count;
  }
  return ticks;
}

}  // namespace steelyard::zmq_runtime
