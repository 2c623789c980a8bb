#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <errno.h>  // program_invocation_name
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "cli/user_weights.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "settings/http_flags.hpp"
#include "settings/soundness.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/hub/control.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "up/household.hpp"
#include "up/plan.hpp"
#include "up/reloader.hpp"

namespace steelyard::cli {
namespace {

/// How this program is called, to be typed again.
std::string own_name() {
  const std::string_view name = program_invocation_name;
  const bool is_path = name.find('/') != std::string_view::npos;
  return std::string(is_path && is_valid_name(name) ? name : "steelyard");
}

std::string demo_welcome(const Household& household) {
  const std::string& endpoint = household.endpoints().front();
  const std::string variable =
      endpoint == kDefaultEndpoint ? "" : fmt::format("  export STEELYARD_BROKER={}\n", endpoint);
  const std::string over_http =
      household.http().empty() ? ""
                               : fmt::format(
                                     "\n"
                                     "The same over HTTP, from any language:\n"
                                     "  curl -d 1000000 'http://{}/v1/queues/{}/jobs?wait=10'\n",
                                     household.http(), kDemoQueue);
  return fmt::format(
      "A broker at {0} and {1} workers for the queue '{2}',\n"
      "which counts the primes below a number: large numbers take long, small do not.\n"
      "\n"
      "Type in another terminal:\n"
      "{3}"
      "  {4} submit demo 1000000\n"
      "  seq 10000 10000 1000000 | {4} submit demo --lines -\n"
      "  {4} ls workers\n"
      "  {4} stats\n"
      "  {4} health\n"
      "{5}"
      "\n"
      "A worker of your own, and a job for it:\n"
      "  {4} worker --queue upper --exec 'tr a-z A-Z'\n"
      "  {4} submit upper hello\n"
      "\n"
      "Ctrl+C stops all of it.\n",
      endpoint, kDemoWorkers, kDemoQueue, variable, own_name(), over_http);
}

constexpr std::size_t kMaxNamesShown = 20;

/// "3 workers: a-1, a-2, one": those that there are at least.
std::string named_workers(const std::vector<hub::GroupSpec>& groups) {
  std::vector<std::string> names;
  std::size_t count = 0;
  for (const hub::GroupSpec& group : groups) {
    count += group.size.min;
    for (std::uint32_t i = 1; i <= group.size.min && names.size() < kMaxNamesShown; ++i) {
      names.push_back(hub::worker_name(group, i));
    }
  }
  if (count > names.size()) names.emplace_back("…");
  return fmt::format("{}: {}", counted(count, "worker", "workers"), fmt::join(names, ", "));
}

std::string service_welcome(const Household& household, const Configuration& configuration) {
  std::string text = fmt::format("A broker at {}", fmt::join(household.endpoints(), ", "));
  if (!household.http().empty()) text += fmt::format(", HTTP at http://{}", household.http());
  text += '\n';
  if (!configuration.workers.empty()) text += named_workers(configuration.workers) + '\n';
  for (const service::HubSettings& hub : configuration.hubs) {
    text += fmt::format("hub {}: {}\n", hub.name, named_workers(hub.groups));
  }
  return text + "Ctrl+C stops all of it.\n";
}

/// Ctrl+C: the workers finish and go, unless requests that are in flight need them. The broker is
/// told by the signal that came, because it does more on SIGTERM.
void stop_on(StopSignals& signals, Household& household, bool drain_first, Reloader* reloader) {
  const auto stop = [&household, drain_first](int signal) {
    print_error(fmt::format("\nstopping: {} (Ctrl+C again stops at once)\n",
                            drain_first ? "requests in flight are answered, then the workers go"
                                        : "the workers finish what they have in hand"));
    household.stop(signal);
  };
  signals.watch({.first = [stop] { stop(SIGINT); },
                 .second = [&household] { household.stop_now(); },
                 .first_terminate = [stop] { stop(SIGTERM); },
                 .hang_up =
                     [reloader] {
                       if (reloader != nullptr) reloader->reload();
                     }});
}

int attend(Household& household) {
  if (household.attend()) {
    print_error("stopped; nothing is left running\n");
    return kDone;
  }
  complain("up", "the broker ended by itself; its last words stand above");
  return kFailed;
}

/// What is to be started, and what it was made from.
struct Asked {
  Configuration configuration;
  HouseholdPlan plan;
};

/// Errors: those of the configuration.
Result<Asked> read_all(UpOptions options) {
  if (options.config.empty()) return Asked{{}, plan_demo(options)};
  options.config = std::filesystem::absolute(options.config);
  auto configuration = read_configuration(
      options.config, [](std::string_view) { return true; },
      service::Overruled{.listen = !options.listen.empty(),
                         .http = !options.http.on || !options.http.gateway.http.listen.empty()});
  if (!configuration) return tl::unexpected(configuration.error());
  HouseholdPlan plan = plan_service(options, *configuration);
  for (HouseholdPlan::Hub& hub : plan.hubs) hub.control = hub_control_path(hub.name);
  return Asked{std::move(*configuration), std::move(plan)};
}

/// Nothing when there is no place for its control socket, which is said.
std::unique_ptr<Reloader> start_reloader(Household& household, const std::string& config,
                                         const Asked& asked) {
  const auto path = hub::make_control_path("up");
  auto reloader = path ? Reloader::start(household, std::filesystem::absolute(config),
                                         asked.configuration, asked.plan.hubs, *path)
                       : tl::unexpected(path.error());
  if (reloader) return std::move(*reloader);
  complain("up", "`steelyard reload` will not find it: " + reloader.error().context);
  return nullptr;
}

std::string sound(const std::string& file, const Configuration& configuration) {
  std::vector<hub::GroupSpec> groups = configuration.workers;
  for (const service::HubSettings& hub : configuration.hubs) {
    groups.insert(groups.end(), hub.groups.begin(), hub.groups.end());
  }
  return fmt::format("{} is sound: {}, {}\n", file,
                     counted(configuration.gateway.routes.size(), "route", "routes"),
                     counted_groups(groups));
}

void check(const UpOptions& options) {
  if (options.check && options.config.empty()) {
    throw CLI::ValidationError("--check", "needs CONFIG");
  }
}

int run(const UpOptions& options) {
  const auto asked = read_all(options);
  if (!asked) return give_up("up", asked.error());
  if (options.check) return print(sound(options.config, asked->configuration));
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("up", guard.error());
  // The end of a terminal is no reason to read a file again.
  StopSignals signals(!options.config.empty() && ::isatty(STDIN_FILENO) == 0);
  Household household(*guard);
  if (const auto started = household.start(asked->plan); !started) {
    return give_up("up", started.error());
  }
  const auto reloader =
      options.config.empty() ? nullptr : start_reloader(household, options.config, *asked);
  stop_on(signals, household, asked->plan.drain_first, reloader.get());
  int status = print(options.config.empty() ? demo_welcome(household)
                                            : service_welcome(household, asked->configuration));
  if (status == kDone) status = attend(household);
  signals.end();
  return status;
}

}  // namespace

void add_up(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<UpOptions>(
      program,
      {"up", "Start a broker and workers to play with, or those of CONFIG.",
       "With CONFIG: the broker, HTTP with its routes, and the hubs with their workers that the "
       "file describes, "
       "see docs/configuration.md; flags win over it, and without its section gateway there is no "
       "HTTP. Without: two workers for the queue demo; says what to type next, and goes on without "
       "HTTP when its usual place is taken. `steelyard reload`, or SIGHUP when it was not started "
       "from a "
       "terminal, changes groups and hubs while it runs.\n"
       "\n"
       "Ctrl+C (SIGINT) or SIGTERM stops all of it: the workers finish what they have in hand; "
       "with CONFIG and HTTP what is in flight is answered first. A second one stops at once.\n"
       "\n"
       "Examples:\n"
       "  steelyard up\n"
       "  steelyard up --listen tcp://127.0.0.1:7500\n"
       "  steelyard up --journal jobs.journal\n"
       "  steelyard up service.json\n"
       "  steelyard up service.json --check"},
      chosen, {run, check});
  flags.add_option("CONFIG", options.config, "a JSON file of settings")->type_name("");
  auto& listen = options.listen;
  flags
      .add_option_function<std::string>(
          "--listen",
          [&listen](const std::string& endpoint) {
            if (const auto wrong = wrong_endpoint(endpoint)) {
              throw CLI::ValidationError("--listen", *wrong);
            }
            listen = endpoint;
          },
          "where the broker listens; port 0 takes a free one")
      ->type_name("ENDPOINT")
      ->default_str(kDefaultEndpoint);
  add_http(flags, options.http, gateway::GatewayOptions().http.listen);
  flags.add_flag("--check", options.check,
                 "only say whether CONFIG is sound, or all its mistakes; start nothing");
  add_log(flags, options.log);
  add_user_weights(flags, options.user_weights);
  flags
      .add_option("--journal", options.journal,
                  "where the broker writes jobs that ask for it (--durability journal)")
      ->type_name("FILE");
}

}  // namespace steelyard::cli
