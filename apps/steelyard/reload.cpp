#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "steelyard/hub/control.hpp"
#include "steelyard/hub/control_messages.hpp"

namespace steelyard::cli {
namespace {

constexpr std::chrono::seconds kIntroduction{2};
constexpr std::chrono::seconds kPatience{60};

struct Options {
  std::string config;
  std::string hub;
  std::string control;
  bool dry_run = false;
};

/// A running program that can reload.
struct Target {
  std::string path;
  hub::Introduction who;
};

/// What runs and answers; those that have gone left their files only.
std::vector<Target> all_targets() {
  std::vector<Target> targets;
  for (const std::string& path : hub::control_paths()) {
    if (auto who = hub::ask_who(path, kIntroduction)) targets.push_back({path, std::move(*who)});
  }
  return targets;
}

std::string list_of(const std::vector<Target>& targets) {
  std::string list;
  for (const Target& target : targets) {
    list += fmt::format("\n  --control {}  ({} {}, {})", target.path, target.who.kind,
                        target.who.name, target.who.config);
  }
  return list;
}

/// A `steelyard up` stands for all of its hubs.
std::vector<Target> foremost(const std::vector<Target>& targets) {
  std::vector<Target> ups;
  for (const Target& target : targets) {
    if (target.who.kind == "up") ups.push_back(target);
  }
  return ups.empty() ? targets : ups;
}

bool is_wanted(const Target& target, const Options& options, const std::string& config) {
  if (!options.hub.empty()) return target.who.kind == "hub" && target.who.name == options.hub;
  return config.empty() || target.who.config == config;
}

/// Errors: NotConnected when none, or more than one, is meant; with the list of what there is.
Result<std::string> find_target(const Options& options, const std::string& config) {
  if (!options.control.empty()) return options.control;
  const std::vector<Target> all = all_targets();
  std::vector<Target> wanted;
  for (const Target& target : all) {
    if (is_wanted(target, options, config)) wanted.push_back(target);
  }
  if (options.hub.empty()) wanted = foremost(wanted);
  if (wanted.size() == 1) return wanted.front().path;
  if (!wanted.empty()) {
    return failure(ErrorCode::InvalidArgument,
                   "several are meant; say which one" + list_of(wanted));
  }
  const std::string who = !options.hub.empty() ? "hub '" + options.hub + "'"
                          : config.empty()     ? "hub or `steelyard up`"
                                               : "hub or `steelyard up` of " + config;
  return failure(ErrorCode::NotConnected,
                 all.empty() ? fmt::format("no {} runs here as this user", who)
                             : fmt::format("no {} runs here; there are{}", who, list_of(all)));
}

int run(const Options& options) {
  std::string config;
  if (!options.config.empty()) {
    config = std::filesystem::absolute(options.config);
    // What is wrong with the file itself is said even if nothing runs.
    if (const auto read = read_configuration(config); !read) return give_up("reload", read.error());
  }
  const auto target = find_target(options, config);
  if (!target) {
    complain("reload", target.error().context);
    return target.error().code == ErrorCode::NotConnected ? kFailed : kWrongUsage;
  }
  const auto changes = hub::ask_to_reload(
      *target, {.is_reload = true, .config = config, .dry_run = options.dry_run}, kPatience);
  if (!changes) {
    complain("reload", changes.error().context);
    return changes.error().code == ErrorCode::InvalidArgument ? kWrongUsage : kFailed;
  }
  std::string text;
  for (const std::string& change : *changes) text += change + "\n";
  return print(text.empty() ? "nothing has changed\n" : text);
}

void check(const Options& options) {
  if (!options.hub.empty() && !options.control.empty()) {
    throw CLI::ValidationError("--hub and --control exclude each other");
  }
}

constexpr const char* kFooter =
    "The file is checked first, by each hub that is concerned, its commands too; then all of it "
    "takes effect, or nothing. What changes is printed: + group, - group, ~ group with old and "
    "new settings; ! for what has to be started again. Groups that do not change are not "
    "touched, except that one that was given up is tried again. Where a command or another "
    "setting of the processes changes, workers are replaced one after the other, the new one "
    "first: the old one goes when that is ready, and stays if it is not. Workers of a group that "
    "is removed finish what they have.\n"
    "\n"
    "With CONFIG it finds the `steelyard up` or hub that was started with this file; without, the "
    "only one there is. With --control, or --hub, CONFIG may be another file than before. Control "
    "sockets are in $XDG_RUNTIME_DIR/steelyard, or in /tmp/steelyard-UID.\n"
    "\n"
    "Examples:\n"
    "  steelyard reload --dry-run\n"
    "  steelyard reload service.json\n"
    "  steelyard reload service.json --hub room-1";

}  // namespace

void add_reload(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"reload", "Have hubs do what their file says by now.", kFooter}, chosen,
      {run, check});
  flags.add_option("CONFIG", options.config, "the file, as it is now")->type_name("");
  flags.add_option("--hub", options.hub, "only the hub of this name")->type_name("NAME");
  flags.add_option("--control", options.control, "the control socket of a hub or `steelyard up`")
      ->type_name("PATH");
  flags.add_flag("--dry-run", options.dry_run, "only print what would change");
}

}  // namespace steelyard::cli
