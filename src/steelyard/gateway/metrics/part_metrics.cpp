#include <map>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "steelyard/base/names.hpp"
#include "steelyard/gateway/metrics/figures.hpp"
#include "steelyard/gateway/metrics/reading.hpp"

/// Of hubs and gateways, as they announced themselves.
namespace steelyard::gateway {
namespace {

namespace json = boost::json;

/// Of all hubs of one name, because they cannot be told apart.
struct Group {
  double wanted = 0;
  double running = 0;
  double starting = 0;
  double restarts = 0;
  bool given_up = false;
};
using Groups = std::map<std::pair<std::string, std::string>, Group>;

struct Parts {
  std::map<std::string, double> hubs;  ///< with the load of their machine
  double gateways = 0;
  double groups_omitted = 0;
  Groups groups;
};

void read_groups(const std::string& hub, const json::object& announced, Parts& parts) {
  const json::value* list = announced.if_contains("groups");
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& value : list->get_array()) {
    const json::object* object = value.if_object();
    if (object == nullptr || !is_valid_name(text_in(*object, "group"))) continue;
    auto key = std::pair(hub, std::string(text_in(*object, "group")));
    if (parts.groups.size() >= kMaxGroupSeries && !parts.groups.contains(key)) {
      ++parts.groups_omitted;
      continue;
    }
    Group& group = parts.groups[std::move(key)];
    group.wanted += or_nothing(number_in(*object, "wanted"));
    group.running += or_nothing(number_in(*object, "running"));
    group.starting += or_nothing(number_in(*object, "starting"));
    group.restarts += or_nothing(number_in(*object, "restarts"));
    group.given_up = group.given_up || text_in(*object, "state") == "given_up";
  }
}

Parts read_parts(const SnapshotText* snapshot) {
  Parts parts;
  if (snapshot == nullptr) return parts;
  const auto list = read_json("parts", snapshot->member("parts"));
  if (!list || !list->is_array()) return parts;
  for (const json::value& value : list->get_array()) {
    const json::object* part = value.if_object();
    if (part == nullptr || !is_valid_name(text_in(*part, "name"))) continue;
    if (text_in(*part, "kind") == "gateway") ++parts.gateways;
    if (text_in(*part, "kind") != "hub") continue;
    const std::string hub(text_in(*part, "name"));
    double& load = parts.hubs[hub];
    load = std::max(load, or_nothing(number_in(*part, "machine_load")));
    read_groups(hub, *part, parts);
  }
  return parts;
}

void add_groups(Families& families, const Groups& groups) {
  const auto add = [&](Families::Family family, auto value_of) {
    for (const auto& [key, group] : groups) {
      family.add(value_of(group), {{"hub", key.first}, {"group", key.second}});
    }
  };
  add(families.gauge("hub_group_workers_wanted", "Workers that the hub wants in the group"),
      [](const Group& group) { return group.wanted; });
  add(families.gauge("hub_group_workers_running", "Workers of the group that run"),
      [](const Group& group) { return group.running; });
  add(families.gauge("hub_group_workers_starting", "Workers of the group that are being started"),
      [](const Group& group) { return group.starting; });
  add(families.counter("hub_group_restarts_total", "Workers of the group that were started again"),
      [](const Group& group) { return group.restarts; });
  add(families.gauge("hub_group_given_up", "1 when its workers crashed too often"),
      [](const Group& group) { return group.given_up ? 1.0 : 0.0; });
}

}  // namespace

void add_part_metrics(Families& families, const SnapshotText* snapshot) {
  const Parts parts = read_parts(snapshot);
  auto gateways = families.gauge("gateways", "Gateways that the broker knows");
  auto hubs = families.gauge("hubs", "Hubs that the broker knows");
  auto omitted = families.gauge("hub_groups_omitted", "Groups that are not shown here");
  if (snapshot != nullptr) {
    gateways.add(parts.gateways);
    hubs.add(static_cast<double>(parts.hubs.size()));
    omitted.add(parts.groups_omitted);
  }
  auto load = families.gauge("hub_machine_load_ratio", "Load of its machine, 1: all of its cores");
  for (const auto& [hub, percent] : parts.hubs) load.add(percent / 100, {{"hub", hub}});
  add_groups(families, parts.groups);
}

}  // namespace steelyard::gateway
