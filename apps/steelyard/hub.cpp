#include "steelyard/hub/hub.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/part.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "settings/soundness.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/base/nearest.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "up/plan.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  std::string config;
  std::string name;
  BrokerAt broker;
  std::string control;
  std::string proc_stat;
  bool workers = false;  ///< the groups of `workers`
  bool demo = false;
  bool check = false;  ///< only say whether the configuration is sound
  LogOptions log;
};

/// What a file says for one hub.
struct Chosen {
  std::string name;
  std::string broker;
  std::vector<hub::GroupSpec> groups;
};

std::string own_name() {
  const std::string name = zmq_runtime::host_name();
  return is_valid_name(name) ? name : "hub";
}

std::vector<hub::GroupSpec> demo_groups() {
  hub::GroupSpec group;
  group.name = kDemoQueue;
  group.queues = {kDemoQueue};
  group.process.words = {"--queue", kDemoQueue, "--builtin", "primes"};
  group.size.min = group.size.max = kDemoWorkers;
  return {group};
}

Result<Chosen> choose_named(const Configuration& configuration, const Options& options) {
  std::vector<std::string> names;
  for (const service::HubSettings& hub : configuration.hubs) {
    if (hub.name == options.name || (options.name.empty() && configuration.hubs.size() == 1)) {
      return Chosen{hub.name, hub.broker, hub.groups};
    }
    names.push_back(hub.name);
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  if (options.name.empty()) {
    return failure(
        ErrorCode::InvalidArgument,
        fmt::format("{} has several hubs: say which one with --name ({})", options.config, list));
  }
  const std::string near = base::nearest(options.name, names);
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{} has no hub '{}'{} (it has {})", options.config, options.name,
                             near.empty() ? "" : fmt::format(", did you mean '{}'?", near), list));
}

/// Without a section `hubs` the groups of `workers` are meant.
Result<Chosen> choose(const Configuration& configuration, const Options& options) {
  if (!options.workers && !configuration.hubs.empty()) return choose_named(configuration, options);
  Chosen chosen{options.name, "", configuration.workers};
  if (chosen.name.empty()) chosen.name = options.workers ? kOwnHub : own_name();
  if (!options.name.empty()) {
    for (hub::GroupSpec& group : chosen.groups) group.name_ending = "@" + options.name;
  }
  return chosen;
}

Result<Chosen> read(const Options& options, const std::string& file) {
  if (options.demo) return Chosen{kDemoQueue, "", demo_groups()};
  // Which one it is does not depend on whether commands are found.
  const auto configuration = read_configuration(file);
  if (!configuration) return tl::unexpected(configuration.error());
  auto chosen = choose(*configuration, options);
  if (!chosen) return chosen;
  const std::string here =
      options.workers || configuration->hubs.empty() ? std::string() : chosen->name;
  const auto checked =
      read_configuration(file, [&here](std::string_view hub) { return hub == here; });
  if (!checked) return tl::unexpected(checked.error());
  return choose(*checked, options);
}

/// Each worker takes three open files.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::max(files.rlim_cur, std::min<rlim_t>(files.rlim_max, 16'384));
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
}

void log_line(bool is_warning, const std::string& sentence) {
  if (is_warning) {
    write_event({LogLevel::Warning, "hub_trouble", sentence});
  } else {
    write_event({LogLevel::Info, "hub_news", sentence});
  }
}

Result<hub::HubOptions> hub_options(const Options& options) {
  const auto chosen = read(options, options.config);
  if (!chosen) return tl::unexpected(chosen.error());
  BrokerAt broker = options.broker;
  if (broker.endpoint.empty()) broker.endpoint = chosen->broker;
  const auto endpoint = endpoint_of(broker);
  if (!endpoint) return tl::unexpected(endpoint.error());
  hub::HubOptions result;
  result.name = chosen->name;
  result.groups = chosen->groups;
  result.surroundings = {.endpoint = *endpoint,
                         .worker_words = {this_program()},
                         .machine_load_file = options.proc_stat};
  result.log = log_line;
  if (!options.config.empty()) result.config = std::filesystem::absolute(options.config);
  result.read = [options, broker_then = chosen->broker](
                    const std::string& file) -> Result<std::vector<hub::GroupSpec>> {
    auto read_now = read(options, file);
    if (!read_now) return tl::unexpected(read_now.error());
    if (options.broker.endpoint.empty() && read_now->broker != broker_then) {
      return failure(ErrorCode::InvalidArgument,
                     fmt::format("the broker of hub {} has changed: start the hub again for that",
                                 read_now->name));
    }
    return std::move(read_now->groups);
  };
  if (options.control == "none") return result;
  auto control = options.control.empty() ? hub::make_control_path(chosen->name)
                                         : Result<std::string>(options.control);
  if (!control) return tl::unexpected(control.error());
  result.control = *control;
  return result;
}

int check_only(const Options& options) {
  const auto chosen = read(options, options.config);
  if (!chosen) return give_up("hub", chosen.error());
  return print(fmt::format("{} is sound: hub {}, {}\n", options.config, chosen->name,
                           counted_groups(chosen->groups)));
}

int run(const Options& options) {
  if (options.check) return check_only(options);
  // The end of a terminal is no reason to read a file again.
  StopSignals signals(::isatty(STDIN_FILENO) == 0);
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("hub", guard.error());
  start_log(options.log);
  auto asked = hub_options(options);
  if (!asked) return give_up("hub", asked.error());
  allow_many_files();
  log_line(false, fmt::format("hub {} with {}, for the broker at {}", asked->name,
                              counted(asked->groups.size(), "group", "groups"),
                              asked->surroundings.endpoint));
  const auto hub = hub::Hub::open(std::move(*asked), *guard);
  if (!hub) return give_up("hub", hub.error());
  if (!(*hub)->control().empty()) log_line(false, "control at " + (*hub)->control());
  signals.watch({.first =
                     [&hub] {
                       log_event({LogLevel::Info, "stopping",
                                  "stopping: the workers finish what they have in hand (Ctrl+C "
                                  "again stops at once)"});
                       (*hub)->stop();
                     },
                 .second =
                     [&hub] {
                       log_event({LogLevel::Warning, "stopping", "stopping at once"});
                       (*hub)->stop_now();
                     },
                 .hang_up = [&hub] { (*hub)->reload(); }});
  (*hub)->run();
  signals.end();
  log_event({LogLevel::Info, "stopped", "stopped"});
  return kDone;
}

void check(const Options& options) {
  if (options.config.empty() && !options.demo) {
    throw CLI::RequiredError("CONFIG");
  }
  if (!options.name.empty()) check_name("--name", options.name);
}

constexpr const char* kFooter =
    "The groups stand in CONFIG, see docs/configuration.md: how many workers of each there are at "
    "least and at most, their command, priorities, nice value, environment and memory limit. A "
    "worker that ends by itself is started again, after a pause that doubles; a group whose "
    "workers crash again and again is given up, and `steelyard health` says so. With min below "
    "max there are as many as the work in the queues needs; each change is explained in the log.\n"
    "\n"
    "The broker may be started later, or again. Children do not outlive the hub.\n"
    "\n"
    "Ctrl+C (SIGINT) or SIGTERM: the workers finish what they have and go. A second one kills "
    "them. SIGHUP, when it was not started from a terminal: reads CONFIG again, as `steelyard "
    "reload` does. Its control socket is "
    "$XDG_RUNTIME_DIR/steelyard/NAME.PROCESS.control, or in /tmp/steelyard-UID.\n"
    "\n"
    "Examples:\n"
    "  steelyard hub service.json\n"
    "  steelyard hub service.json --name room-1 --broker tcp://10.0.0.1:7411";

}  // namespace

void add_hub(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"hub", "Run groups of workers on this machine.", kFooter}, chosen, {run, check});
  flags.add_option("CONFIG", options.config, "a JSON file of settings")->type_name("");
  flags
      .add_option("--name", options.name,
                  "which of the hubs in CONFIG; or, if it has only `workers`, how it is called")
      ->type_name("NAME")
      ->default_str("the only one, or the host's name");
  add_broker(flags, options.broker);
  flags
      .add_option("--control", options.control, "where `steelyard reload` finds it; none: nowhere")
      ->type_name("PATH")
      ->default_str("see below");
  flags.add_flag("--check", options.check,
                 "only say whether CONFIG is sound, or all its mistakes; start nothing");
  flags.add_option("--proc-stat", options.proc_stat)->group("");
  flags.add_flag("--workers", options.workers)->group("");
  flags.add_flag("--demo", options.demo)->group("");
  add_log(flags, options.log);
}

}  // namespace steelyard::cli
