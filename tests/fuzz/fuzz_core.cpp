#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "steelyard/core/simulation/faulty_world.test.hpp"

/// Turns bytes into a world of clients and workers, in which the scheduler is led through whatever
/// they do and every step is checked against the model and the invariants.
namespace steelyard::core {
namespace {

/// Reads as many bytes as a decision needs; when they are used up nothing unusual happens any more.
class BytesDice final : public Dice {
 public:
  explicit BytesDice(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint64_t below(std::uint64_t limit) override {
    if (bytes_.empty()) return limit - 1;
    std::uint64_t value = 0;
    for (std::uint64_t range = 1; range < limit && !bytes_.empty(); range *= 256) {
      value = value * 256 + bytes_.front();
      bytes_ = bytes_.subspan(1);
    }
    return value % limit;
  }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

void run(std::span<const std::uint8_t> bytes) {
  BytesDice dice(bytes);
  const Setting setting = Setting::draw(dice);
  FaultyWorld world(setting, dice);
  try {
    while (!dice.empty()) world.stir();
    world.calm();
  } catch (const Violation& violation) {
    std::fprintf(stderr, "%s\n%s\n%s", violation.what(), setting.text().c_str(),
                 world.recent().c_str());
    std::abort();
  }
}

}  // namespace
}  // namespace steelyard::core

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  steelyard::core::run({data, size});
  return 0;
}
