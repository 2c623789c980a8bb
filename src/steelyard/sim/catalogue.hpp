#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/sim/parameters.hpp"
#include "steelyard/sim/scenario.hpp"

namespace steelyard::sim {

/// A kind of workload that can be asked for by name.
struct Workload {
  std::string name;
  std::string summary;  ///< one line for people
  std::vector<Parameter> parameters;
  /// Errors: InvalidArgument when the numbers do not go together.
  Result<Scenario> (*make)(const Parameters& parameters, std::uint64_t seed);
};

/// What is said about a workload beside its name; it comes before the workload's own numbers.
struct Overrides {
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> workers{};
  std::optional<std::uint32_t> jobs{};
};

/// Every workload there is, in the order in which people read them.
[[nodiscard]] const std::vector<Workload>& workloads();

/// The workload named by `text`: `NAME` or `NAME:parameter=number,…`.
/// Errors: InvalidArgument, naming what is wrong, the nearest right name and all there are.
[[nodiscard]] Result<Scenario> make_scenario(std::string_view text, const Overrides& overrides);

}  // namespace steelyard::sim
