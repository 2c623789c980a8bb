#include "steelyard/hub/group_spec.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace steelyard::hub {
namespace {

const GroupSpec* find(const std::vector<GroupSpec>& groups, const std::string& name) {
  const auto found = std::ranges::find(groups, name, &GroupSpec::name);
  return found == groups.end() ? nullptr : &*found;
}

/// "max 3 → 5" for each setting that is not the same in both.
std::vector<std::string> changed_settings(const GroupSpec& before, const GroupSpec& after) {
  std::map<std::string, std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : before.settings) values[name].first = value;
  for (const auto& [name, value] : after.settings) values[name].second = value;
  std::vector<std::string> changes;
  for (const auto& [name, value] : values) {
    const auto& [old_value, new_value] = value;
    if (old_value == new_value) continue;
    changes.push_back(fmt::format("{} {} → {}", name, old_value.empty() ? "(none)" : old_value,
                                  new_value.empty() ? "(none)" : new_value));
  }
  return changes;
}

}  // namespace

std::string worker_name(const GroupSpec& group, std::uint32_t number) {
  if (number == 1 && group.size.max == 1 && !group.is_numbered) {
    return group.name + group.name_ending;
  }
  return fmt::format("{}-{}{}", group.name, number, group.name_ending);
}

std::vector<std::string> differences(const std::vector<GroupSpec>& before,
                                     const std::vector<GroupSpec>& after) {
  std::vector<std::string> lines;
  for (const GroupSpec& group : before) {
    if (find(after, group.name) == nullptr) lines.push_back("- group " + group.name);
  }
  for (const GroupSpec& group : after) {
    const GroupSpec* const former = find(before, group.name);
    if (former == nullptr) {
      lines.push_back("+ group " + group.name);
    } else if (const auto changes = changed_settings(*former, group); !changes.empty()) {
      lines.push_back(fmt::format("~ group {}: {}", group.name, fmt::join(changes, "; ")));
    }
  }
  return lines;
}

}  // namespace steelyard::hub
