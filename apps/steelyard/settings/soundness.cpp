#include "settings/soundness.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "cli/table.hpp"

namespace steelyard::cli {

std::string counted_groups(const std::vector<hub::GroupSpec>& groups) {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  for (const hub::GroupSpec& group : groups) {
    least += group.size.min;
    most += group.size.max;
  }
  const std::string bound = least == most ? "" : fmt::format("{} to ", with_commas(least));
  return fmt::format("{}, {}{}", counted(groups.size(), "group", "groups"), bound,
                     counted(most, "worker", "workers"));
}

}  // namespace steelyard::cli
