#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <errno.h>  // program_invocation_name
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "cli/user_weights.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "settings/http_flags.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/strategy/registry.hpp"
#include "up/household.hpp"
#include "up/plan.hpp"

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

std::string service_welcome(const Household& household, const HouseholdPlan& plan) {
  std::string text = fmt::format("A broker at {}", fmt::join(household.endpoints(), ", "));
  if (!household.http().empty()) text += fmt::format(", HTTP at http://{}", household.http());
  text += '\n';
  std::vector<std::string_view> names;
  for (const HouseholdPlan::Worker& worker : plan.workers) names.emplace_back(worker.name);
  if (!names.empty()) {
    text +=
        fmt::format("{}: {}\n", counted(names.size(), "worker", "workers"), fmt::join(names, ", "));
  }
  return text + "Ctrl+C stops all of it.\n";
}

/// Ctrl+C: the workers finish and go, unless requests that are in flight need them.
void stop_on(StopSignals& signals, Household& household, bool drain_first) {
  signals.watch({.first =
                     [&household, drain_first] {
                       print_error(fmt::format(
                           "\nstopping: {} (Ctrl+C again stops at once)\n",
                           drain_first ? "requests in flight are answered, then the workers go"
                                       : "the workers finish what they have in hand"));
                       household.stop();
                     },
                 .second = [&household] { household.stop_now(); }});
}

int attend(Household& household) {
  if (household.attend()) {
    print_error("stopped; nothing is left running\n");
    return kDone;
  }
  complain("up", "the broker ended by itself; its last words stand above");
  return kFailed;
}

/// Errors: those of the configuration; a strategy that there is not.
Result<HouseholdPlan> make_plan(const UpOptions& options) {
  if (options.config.empty()) return plan_demo(options);
  const auto configuration = read_configuration(options.config);
  if (!configuration) return tl::unexpected(configuration.error());
  const auto strategy = strategy::Registry().make(configuration->broker.strategy);
  if (!strategy) {
    return failure(
        ErrorCode::InvalidArgument,
        fmt::format("{}: broker.strategy: {}", options.config, strategy.error().context));
  }
  return plan_service(options, *configuration);
}

int run(const UpOptions& options) {
  const auto plan = make_plan(options);
  if (!plan) return give_up("up", plan.error());
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("up", guard.error());
  StopSignals signals;
  Household household(*guard);
  if (const auto started = household.start(*plan); !started) {
    return give_up("up", started.error());
  }
  stop_on(signals, household, plan->drain_first);
  int status =
      print(options.config.empty() ? demo_welcome(household) : service_welcome(household, *plan));
  if (status == kDone) status = attend(household);
  signals.end();
  return status;
}

}  // namespace

void add_up(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<UpOptions>(
      program,
      {"up", "Start a broker and workers to play with, or those of CONFIG.",
       "With CONFIG: the broker, HTTP with its routes, and the workers that the file describes, "
       "see docs/configuration.md; flags win over it, and without its section gateway there is no "
       "HTTP. Without: two workers for the queue demo; says what to type next, and goes on without "
       "HTTP when its usual place is taken.\n"
       "\n"
       "Ctrl+C (SIGINT) or SIGTERM stops all of it: the workers finish what they have in hand; "
       "with CONFIG and HTTP what is in flight is answered first. A second one stops at once.\n"
       "\n"
       "Examples:\n"
       "  steelyard up\n"
       "  steelyard up --listen tcp://127.0.0.1:7500\n"
       "  steelyard up --journal jobs.journal\n"
       "  steelyard up service.json"},
      chosen, {run});
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
  add_user_weights(flags, options.user_weights);
  flags
      .add_option("--journal", options.journal,
                  "where the broker writes jobs that ask for it (--durability journal)")
      ->type_name("FILE");
}

}  // namespace steelyard::cli
