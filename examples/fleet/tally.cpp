#include "fleet/tally.hpp"

#include <algorithm>
#include <utility>

namespace fleet {

void Tally::add(std::size_t index, const steelyard::Result<std::string>& answer) {
  if (answered_.at(index)) {
    ++repeated_;
    return;
  }
  answered_[index] = true;
  const auto parsed = answer.and_then([](const std::string& text) { return parse_answer(text); });
  if (!parsed) {
    fail(index, parsed.error());
    return;
  }
  ++succeeded_;
  sum_ += parsed->value;
  waited_s_ += parsed->seconds;
  longest_wait_s_ = std::max(longest_wait_s_, parsed->seconds);
}

void Tally::fail(std::size_t index, steelyard::Error error) {
  ++failed_;
  if (failures_.size() < kFailureSample) failures_.push_back({index, std::move(error)});
}

double Tally::ideal_seconds(std::size_t slots) const {
  if (slots == 0) return 0;
  return std::max(waited_s_ / static_cast<double>(slots), longest_wait_s_);
}

}  // namespace fleet
