#include "graph/stage.hpp"

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "graph/lucas_lehmer.hpp"

namespace graph {
namespace {

using namespace steelyard;
using Clock = std::chrono::steady_clock;

std::uint32_t read_number(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || text.empty()) {
    throw std::invalid_argument("a request is an exponent, for example 1279");
  }
  return number;
}

LucasLehmer take_up(const Work& work) {
  const auto read = work.parts();
  if (!read) throw std::invalid_argument(read.error().context);
  const std::vector<std::string_view>& parts = *read;
  if (parts.size() != 1 && parts.size() != 3) {
    throw std::invalid_argument(fmt::format("a request has 1 or 3 parts, not {}", parts.size()));
  }
  const std::uint32_t exponent = read_number(parts[0]);
  auto test = parts.size() == 1 ? LucasLehmer::begin(exponent)
                                : LucasLehmer::go_on(exponent, read_number(parts[1]), parts[2]);
  if (!test) throw std::invalid_argument(test.error().context);
  return std::move(*test);
}

std::string answer(const LucasLehmer& test) {
  return fmt::format("2^{}-1 is {}prime", test.exponent(), test.is_prime() ? "" : "not ");
}

Forward go_on_later(const LucasLehmer& test) {
  return {kQueue, pack_parts({std::to_string(test.exponent()), std::to_string(test.steps_done()),
                              test.residue()})};
}

}  // namespace

TaskFunction mersenne_stage(std::chrono::milliseconds longest_visit) {
  return [longest_visit](const Work& work, WorkerState&) -> Answer {
    const auto began = Clock::now();
    LucasLehmer test = take_up(work);
    while (!test.done()) {
      if (work.stop_requested()) throw StoppedError("nobody waits for it any more");
      test.step();
      const bool is_long = longest_visit.count() > 0 && Clock::now() - began >= longest_visit;
      if (is_long && !test.done()) return go_on_later(test);
    }
    return answer(test);
  };
}

}  // namespace graph
