#pragma once

#include <cstdint>

#include "inproc/audit.hpp"

/// Requesters of different kinds: each hands in its own sort of work, gets results of its own type,
/// checks them, and keeps its own count. They share nothing but the balancer.
namespace inproc_example {

/// Ranges of numbers, from short and cheap to long and dear.
[[nodiscard]] RequesterCount request_primes(steelyard::Balancer& balancer, std::uint32_t requests);

/// Blocks of numbers to be sorted, handed in as one batch.
[[nodiscard]] RequesterCount request_sorting(steelyard::Balancer& balancer, std::uint32_t requests);

/// Texts in which a word is to be counted. Some are empty: their requests fail, with the reason.
[[nodiscard]] RequesterCount request_words(steelyard::Balancer& balancer, std::uint32_t requests);

}  // namespace inproc_example
