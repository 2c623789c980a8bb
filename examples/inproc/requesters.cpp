#include "inproc/requesters.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "inproc/work.hpp"

namespace inproc_example {
namespace {

using steelyard::Balancer;
using steelyard::Future;

/// Waits for every answer; an answer that `is_right` denies counts as an error.
template <class T, class IsRight>
void receive(std::vector<Future<T>> futures, RequesterCount& count, IsRight&& is_right) {
  for (std::size_t i = 0; i < futures.size(); ++i) count.sent.insert(futures[i].id());
  for (std::size_t i = 0; i < futures.size(); ++i) {
    const std::uint64_t number = futures[i].id();
    const auto result = futures[i].wait();
    count.received.insert(number);
    if (!is_right(i, result)) ++count.errors;
  }
}

}  // namespace

RequesterCount request_primes(Balancer& balancer, std::uint32_t requests) {
  RequesterCount count{"primes", {}, {}, 0};
  std::vector<Future<std::uint64_t>> futures;
  for (std::uint64_t i = 0; i < requests; ++i) {
    futures.push_back(balancer.submit(count_primes, 1000 * i, 1000 * i + 1 + i % 1000));
  }
  receive(std::move(futures), count,
          [](std::size_t i, const auto& primes) { return primes && *primes <= 1 + i % 1000; });
  return count;
}

RequesterCount request_sorting(Balancer& balancer, std::uint32_t requests) {
  RequesterCount count{"sorting", {}, {}, 0};
  std::vector<std::uint32_t> seeds(requests);
  for (std::uint32_t i = 0; i < requests; ++i) seeds[i] = i;
  auto futures = balancer.submit_batch(
      [](std::uint32_t seed) {
        return sorted(shuffled_numbers(std::size_t{seed} % 97 * 200, seed));
      },
      seeds);
  receive(std::move(futures), count, [](std::size_t i, const auto& numbers) {
    return numbers && numbers->size() == i % 97 * 200 && std::ranges::is_sorted(*numbers);
  });
  return count;
}

RequesterCount request_words(Balancer& balancer, std::uint32_t requests) {
  RequesterCount count{"words (some must fail)", {}, {}, 0};
  std::vector<Future<std::string>> futures;
  for (std::uint32_t i = 0; i < requests; ++i) {
    std::string text;
    for (std::uint32_t word = 0; word < i % 100 * 20; ++word) text += "steel yard steel ";
    futures.push_back(balancer.submit({.priority = 1}, commonest_word, std::move(text)));
  }
  receive(std::move(futures), count,
          [](std::size_t, const auto& word) { return word && *word == "steel"; });
  return count;
}

}  // namespace inproc_example
