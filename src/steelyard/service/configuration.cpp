#include "steelyard/service/configuration.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/config/endpoint_text.hpp"
#include "steelyard/config/text_of.hpp"
#include "steelyard/gateway/settings.hpp"
#include "steelyard/hub/hub.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::service {
namespace {

using config::Section;

constexpr std::size_t kMaxGroups = 200;  // of a hub

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(config::kMaxTextBytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream.is_open() || stream.bad()) {
    return failure(ErrorCode::InvalidArgument, fmt::format("cannot read '{}': {}", file,
                                                           std::generic_category().message(errno)));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

bool is_taken(const std::vector<hub::GroupSpec>& groups, const std::string& name) {
  return std::ranges::find(groups, name, &hub::GroupSpec::name) != groups.end();
}

/// A group without a name has that of its first queue, and a number if that is taken.
std::string name_for(const hub::GroupSpec& group, const std::vector<hub::GroupSpec>& groups) {
  const std::string base = group.queues.empty() ? "group" : group.queues.front();
  std::string name = base;
  for (int number = 2; is_taken(groups, name); ++number) name = fmt::format("{}.{}", base, number);
  return name;
}

/// The groups of one hub, told apart by their names.
class Groups {
 public:
  Groups(std::vector<hub::GroupSpec>& groups, bool check_commands)
      : groups_(groups), check_commands_(check_commands) {}

  void read(Section& section) {
    hub::GroupSpec group;
    read_group_settings(section, group, check_commands_);
    group.is_numbered = group.name.empty();
    if (group.is_numbered) {
      group.name = name_for(group, groups_);
    } else if (is_taken(groups_, group.name)) {
      section.mistake("name", fmt::format("is the name of another group; call it '{}'",
                                          name_for({.queues = {group.name}}, groups_)));
      return;
    }
    workers_ += group.size.max;
    if (workers_ > hub::kMaxWorkers && !said_too_many_) {
      said_too_many_ = true;
      section.mistake(fmt::format("with this group the hub may have {} workers, more than {}",
                                  workers_, hub::kMaxWorkers));
    }
    if (groups_.size() == kMaxGroups) {
      section.mistake(fmt::format("is one group too many, a hub has at most {}", kMaxGroups));
      return;
    }
    add(section, std::move(group));
  }

 private:
  /// Its workers must not be called as another group's.
  void add(Section& section, hub::GroupSpec group) {
    for (std::uint32_t number = 1; number <= group.size.max; ++number) {
      const std::string name = hub::worker_name(group, number);
      if (const auto [owner, is_new] = names_.emplace(name, group.name); !is_new) {
        section.mistake(
            fmt::format("its worker {} would be called as one of group {}; give one of "
                        "them another name",
                        name, owner->second));
        break;
      }
    }
    groups_.push_back(std::move(group));
  }

  std::vector<hub::GroupSpec>& groups_;
  const bool check_commands_;
  std::uint32_t workers_ = 0;
  bool said_too_many_ = false;
  std::map<std::string, std::string> names_;  // of workers; their groups'
};

std::optional<std::string> wrong_hub_name(std::string_view text) {
  if (text == kOwnHub) return "is what the hub of 'workers' is called; take another";
  return config::wrong_name(text);
}

void read_hub(Section& section, std::vector<HubSettings>& hubs, const RunsHere& runs_here) {
  HubSettings hub;
  section.text("name", hub.name, wrong_hub_name);
  if (!section.has("name")) section.mistake("'name' is missing");
  const auto same = std::ranges::find(hubs, hub.name, &HubSettings::name);
  if (!hub.name.empty() && same != hubs.end()) section.mistake("name", "is that of another hub");
  section.text("broker", hub.broker, config::wrong_endpoint);
  Groups groups(hub.groups, runs_here && runs_here(hub.name));
  section.list("groups", [&groups](Section& group) { groups.read(group); });
  if (!section.has("groups")) section.mistake("'groups' is missing");
  for (hub::GroupSpec& group : hub.groups) {
    group.name_ending = "@" + hub.name;
    if (hub.name.empty() || is_valid_name(hub::worker_name(group, group.size.max))) continue;
    section.mistake(fmt::format("workers of group {} would have names longer than {} bytes",
                                group.name, kMaxNameBytes));
  }
  hubs.push_back(std::move(hub));
}

void read_gateway(Section& section, gateway::GatewayOptions& options) {
  gateway::read_settings(section, options);
  if (const auto wrong = config::wrong_address(options.http.listen)) {
    section.mistake("http", *wrong);
  }
}

/// What a flag or a plugin could have put right.
void check_broker(Section& section, const BrokerOptions& broker, const Overruled& overruled) {
  if (const auto strategy = strategy::Registry().make(broker.strategy); !strategy) {
    section.mistake("strategy", strategy.error().context);
  }
  if (overruled.listen) return;
  for (const std::string& endpoint : broker.listen) {
    const auto allowed = zmq_runtime::may_listen(endpoint, broker.insecure);
    if (!allowed) section.mistake("listen", allowed.error().context);
  }
}

/// As the broker that serves HTTP itself checks it; whether it is an address was checked before.
void check_http(Section& section, const Configuration& read) {
  const bool is_address = !config::wrong_address(read.gateway.http.listen);
  const auto allowed = zmq_runtime::may_serve(read.gateway.http.listen,
                                              read.gateway.insecure || read.broker.insecure);
  if (is_address && !allowed) section.mistake("http", allowed.error().context);
}

std::string text_of(Section& all, const char* name) {
  const config::Value* const value = all.value(name);
  return value == nullptr ? std::string() : config::text_of(*value);
}

}  // namespace

Result<Configuration> parse_configuration(const std::string& file, std::string_view text,
                                          const RunsHere& runs_here,
                                          std::optional<Overruled> overruled) {
  Configuration configuration;
  config::Document document = config::parse(text);
  if (!std::holds_alternative<std::nullptr_t>(document.root.data) || document.mistakes.empty()) {
    Section all(document.root, "", document.mistakes);
    configuration.has_gateway = all.has("gateway");
    configuration.broker_text = text_of(all, "broker");
    configuration.gateway_text = text_of(all, "gateway");
    all.section("broker", [&](Section& section) {
      read_broker_settings(section, configuration.broker);
      if (overruled) check_broker(section, configuration.broker, *overruled);
    });
    all.section("gateway", [&](Section& section) {
      read_gateway(section, configuration.gateway);
      if (overruled && !overruled->http) check_http(section, configuration);
    });
    Groups workers(configuration.workers, runs_here && runs_here(""));
    all.list("workers", [&](Section& section) { workers.read(section); });
    all.list("hubs", [&](Section& section) { read_hub(section, configuration.hubs, runs_here); });
  }
  if (document.mistakes.empty()) return configuration;
  std::string said = config::describe(file, std::move(document.mistakes));
  said.pop_back();
  return failure(ErrorCode::InvalidArgument, "the configuration cannot be used:\n" + said);
}

Result<Configuration> read_configuration(const std::string& file, const RunsHere& runs_here,
                                         std::optional<Overruled> overruled) {
  return read_text(file).and_then([&](const std::string& text) {
    return parse_configuration(file, text, runs_here, overruled);
  });
}

}  // namespace steelyard::service
