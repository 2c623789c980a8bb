#include "steelyard/runtime/zmq/broker.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/choices.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/logging.hpp"
#include "cli/options.hpp"
#include "cli/record_options.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "cli/user_weights.hpp"
#include "commands.hpp"
#include "settings/config_file.hpp"
#include "settings/http_flags.hpp"
#include "settings/serve_http.hpp"
#include "steelyard/runtime/plugin/plugin.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kInProcess = "inproc://gateway";

struct Options {
  std::vector<std::string> listen;
  HttpChoice http;
  std::optional<Error> wrong_config;
  std::optional<Configuration> config;  ///< as it was read, before flags won over it
  std::vector<std::string> plugins;
  BrokerOptions broker;
  RecordOptions record;
  std::int64_t worker_lost_after_ms = 0;
  std::int64_t session_gone_after_ms = 0;
  std::int64_t unserved_ttl_s = 0;
  std::int64_t max_unstarted_work_us = 0;
  std::int64_t retry_first_ms = 0;
  std::int64_t retry_max_ms = 0;
  std::uint32_t max_deaths = 0;
  std::int64_t max_strategy_call_ms = 10;
  LogOptions log;

  Options() { show_limits(); }

  /// Takes the values of the flags from the broker's options.
  void show_limits() {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    using std::chrono::milliseconds;
    worker_lost_after_ms = duration_cast<milliseconds>(broker.limits.worker_lost_after).count();
    session_gone_after_ms = duration_cast<milliseconds>(broker.limits.session_gone_after).count();
    unserved_ttl_s = duration_cast<std::chrono::seconds>(broker.limits.unserved_ttl).count();
    max_unstarted_work_us = duration_cast<microseconds>(broker.limits.max_unstarted_work).count();
    retry_first_ms = duration_cast<milliseconds>(broker.limits.retry_first).count();
    retry_max_ms = duration_cast<milliseconds>(broker.limits.retry_max).count();
    max_deaths = broker.limits.max_deaths;
  }
};

void log_faults(const std::string& strategy, const core::StrategyFaults& faults) {
  const bool is_slow = faults.thrown == 0 && faults.too_slow > 0;
  const std::string& last = is_slow ? faults.last_too_slow : faults.last_exception;
  log_event(
      {LogLevel::Warning,
       "strategy_fault",
       fmt::format(
           "strategy '{}' was wrong and the oldest job taken instead: so far {} thrown, {} answers "
           "not allowed, {} too slow{}",
           strategy, faults.thrown, faults.unsound, faults.too_slow,
           last.empty() ? std::string() : "; the last text: " + printable(last)),
       {{"strategy", strategy}, {"count", std::to_string(faults.total())}}});
}

void take(Options& options, Result<Configuration> read) {
  if (!read) {
    options.wrong_config = read.error();
    return;
  }
  options.broker = read->broker;
  options.http.on = read->has_gateway;
  options.http.gateway = read->gateway;
  options.config = std::move(*read);
  options.show_limits();
}

BrokerOptions broker_options(const Options& options) {
  BrokerOptions result = options.broker;
  if (!options.listen.empty()) result.listen = options.listen;
  result.limits.worker_lost_after = std::chrono::milliseconds(options.worker_lost_after_ms);
  result.limits.session_gone_after = std::chrono::milliseconds(options.session_gone_after_ms);
  result.limits.unserved_ttl = std::chrono::seconds(options.unserved_ttl_s);
  result.limits.max_unstarted_work = std::chrono::microseconds(options.max_unstarted_work_us);
  result.limits.retry_first = std::chrono::milliseconds(options.retry_first_ms);
  result.limits.retry_max = std::chrono::milliseconds(options.retry_max_ms);
  result.limits.max_deaths = static_cast<std::uint8_t>(options.max_deaths);
  if (options.http.on) {
    result.context = std::make_shared<Context>();
    result.listen.emplace_back(kInProcess);
  }
  result.strategy_was_wrong = [name = result.strategy](const core::StrategyFaults& faults) {
    log_faults(name, faults);
  };
  result.recording = [record = options.record] { return open_recording(record); };
  result.recovered = [file = result.journal_file](std::uint64_t jobs,
                                                  std::chrono::milliseconds took) {
    log_event({LogLevel::Info,
               "journal_read",
               fmt::format("recovered {} from {} in {:.1f} s", counted(jobs, "job", "jobs"), file,
                           std::chrono::duration<double>(took).count()),
               {{"count", std::to_string(jobs)}}});
  };
  result.happened = [](const Happening& happening) {
    write_event({static_cast<LogLevel>(severity_of(happening.kind)), to_string(happening.kind),
                 happening.text, happening.fields});
  };
  return result;
}

/// Where a value comes from that is still as the configuration has it, or else from a flag.
std::string origin(const Options& options, bool is_as_configured, const char* setting,
                   const char* flag) {
  return options.config && is_as_configured ? setting : flag;
}

/// A wrong value of a flag or setting.
tl::unexpected<Error> at_flag(std::string_view flag, const Error& error) {
  return failure(ErrorCode::InvalidArgument, fmt::format("{}: {}", flag, error.context));
}

Result<strategy::Registry> load_strategies(const Options& options) {
  strategy::Registry registry;
  const PluginOptions watch{std::chrono::milliseconds(options.max_strategy_call_ms)};
  for (const std::string& file : options.plugins) {
    if (auto loaded = load_plugin(file, registry, watch); !loaded) {
      return at_flag("--plugin", loaded.error());
    }
  }
  return registry;
}

/// The store names the file as it was said, or with its absolute path.
bool is_of_journal(const Error& error, const std::string& file) {
  switch (error.code) {
    case ErrorCode::JournalInUse:
    case ErrorCode::JournalBroken:
    case ErrorCode::JournalFull:
      return true;
    default:
      return !file.empty() && (error.context.starts_with(file) ||
                               error.context.starts_with(std::filesystem::absolute(file).string()));
  }
}

Result<std::unique_ptr<Broker>> open(const Options& said, const BrokerOptions& options,
                                     const strategy::Registry& strategies) {
  const bool has_config = said.config.has_value();
  const std::string listen =
      origin(said, said.listen.empty(), "broker.listen in the configuration", "--listen");
  if (const auto strategy = strategies.make(options.strategy); !strategy) {
    const bool as_configured = has_config && said.config->broker.strategy == options.strategy;
    return at_flag(origin(said, as_configured, "broker.strategy", "--strategy"), strategy.error());
  }
  auto broker = Broker::open(options, strategies);
  if (!broker && is_of_journal(broker.error(), options.journal_file)) {
    const bool as_configured =
        has_config && said.config->broker.journal_file == options.journal_file;
    return failure(broker.error().code,
                   fmt::format("{}: {}", origin(said, as_configured, "broker.journal", "--journal"),
                               broker.error().context));
  }
  if (!broker && broker.error().context.starts_with("--record: ")) {
    return tl::unexpected(broker.error());
  }
  if (!broker && broker.error().code == ErrorCode::SystemError) {
    const std::string& reason = broker.error().context;
    const bool is_taken = reason.ends_with("in use");
    return failure(ErrorCode::SystemError,
                   fmt::format("cannot listen on {}{}", reason,
                               is_taken ? "; if another broker runs there (`steelyard health` "
                                          "tells), use it, or choose another place with " +
                                              listen
                                        : ""));
  }
  if (!broker) {
    return at_flag(said.listen.empty() && has_config ? "broker.listen" : "--listen",
                   broker.error());
  }
  return broker;
}

StopSignals::Calls stop_calls(Broker& broker) {
  return {.first =
              [&broker] {
                log_event({LogLevel::Info, "stopping",
                           fmt::format("stopping: nothing more is accepted; waiting up to {} s for "
                                       "the jobs that run and for their answers to be received "
                                       "(Ctrl+C again stops at once)",
                                       Broker::kStopGrace.count())});
                broker.stop();
              },
          .second =
              [&broker] {
                log_event({LogLevel::Warning, "stopping", "stopping at once"});
                broker.stop_now();
              }};
}

void say_endpoints(const Broker& broker) {
  for (const std::string& endpoint : broker.endpoints()) {
    if (endpoint == kInProcess) continue;
    log_event({LogLevel::Info,
               "listening",
               fmt::format("listening on {}", endpoint),
               {{"endpoint", endpoint}}});
  }
}

void serve(Broker& broker, StopSignals& signals) {
  signals.watch(stop_calls(broker));
  say_endpoints(broker);
  broker.run();
  signals.end();
}

/// The gateway stands in front: it is drained first, and then the broker stops.
void serve(Broker& broker, gateway::Gateway& gateway, std::chrono::milliseconds drain,
           StopSignals& signals) {
  StopSignals::Calls calls = drain_calls(gateway, drain);
  const auto stop_calls_of_broker = stop_calls(broker);
  calls.second = [stop_gateway = calls.second, stop_broker = stop_calls_of_broker.second] {
    stop_gateway();
    stop_broker();
  };
  signals.watch(calls);
  say_endpoints(broker);
  say_address(gateway);
  const std::jthread serving([&gateway, stop_broker = stop_calls_of_broker.first] {
    gateway.run();
    say_totals(gateway);
    stop_broker();
  });
  broker.run();
  gateway.stop();
  // A signal that comes from now on must not reach a gateway that is gone.
  signals.end();
}

gateway::GatewayOptions gateway_options(const Options& options, const BrokerOptions& broker) {
  gateway::GatewayOptions result = options.http.gateway;
  result.broker.endpoint = kInProcess;
  result.broker.context = broker.context;
  result.insecure = result.insecure || broker.insecure;
  return result;
}

int run(const Options& options) {
  start_log(options.log);
  if (options.wrong_config) return give_up("broker", *options.wrong_config);
  const auto strategies = load_strategies(options);
  if (!strategies) return give_up("broker", strategies.error());
  StopSignals signals;
  const BrokerOptions asked = broker_options(options);
  const auto broker = open(options, asked, *strategies);
  if (!broker) return give_up("broker", broker.error());
  if (options.http.on) {
    const bool as_configured =
        options.config && options.config->gateway.http.listen == options.http.gateway.http.listen;
    const auto gateway = open_gateway(gateway_options(options, asked),
                                      origin(options, as_configured, "gateway.http", "--http"));
    if (!gateway) return give_up("broker", gateway.error());
    serve(**broker, **gateway, options.http.gateway.drain, signals);
  } else {
    serve(**broker, signals);
  }
  log_event({LogLevel::Info, "stopped", "stopped"});
  return kDone;
}

std::string strategies() {
  const strategy::Registry built_in;
  std::vector<HelpRow> rows;
  for (const strategy::Entry& entry : built_in.entries()) {
    std::string meaning = entry.summary;
    for (const auto& [name, value] : entry.defaults) {
      meaning += fmt::format("; {} (default: {})", name, value);
    }
    rows.push_back({entry.name, meaning});
  }
  return help_rows(rows);
}

std::vector<std::string> strategy_names() {
  const strategy::Registry built_in;
  std::vector<std::string> names;
  for (const strategy::Entry& entry : built_in.entries()) names.push_back(entry.name);
  return names;
}

std::string footer() {
  return "Strategies:\n" + strategies() +
         "A plugin adds its own.\n"
         "\n"
         "Ctrl+C (SIGINT) or SIGTERM: what runs is finished and answered, what is queued is "
         "answered as not done. A second one stops at once. With --http, SIGTERM is followed by "
         "drain_s (28) in which requests are still taken, see steelyard gateway --help.\n"
         "\n"
         "Examples:\n"
         "  steelyard broker\n"
         "  steelyard broker --listen tcp://127.0.0.1:7500 --listen ipc:///tmp/steelyard\n"
         "  steelyard broker --http 127.0.0.1:7480 --config service.json\n"
         "  steelyard broker --strategy groups-by-state:switch_penalty_s=3\n"
         "  steelyard broker --user-weight ann=2 --user-weight batch=0.5\n"
         "  steelyard broker --plugin ./my_strategy.so --strategy mine\n"
         "  steelyard broker --journal jobs.journal --max-deaths 2 --retry-first-ms 1000\n"
         "  steelyard broker --record monday.trace";
}

void add_endpoints(CLI::App& flags, Options& options) {
  auto& listen = options.listen;
  flags
      .add_option_function<std::vector<std::string>>(
          "--listen",
          [&listen](const std::vector<std::string>& endpoints) {
            for (const std::string& endpoint : endpoints) {
              if (const auto wrong = wrong_endpoint(endpoint)) {
                throw CLI::ValidationError("--listen", *wrong);
              }
            }
            listen = endpoints;
          },
          "an endpoint to listen on; port 0 takes a free one; may be given again")
      ->type_name("ENDPOINT")
      ->allow_extra_args(false)
      ->default_str(kDefaultEndpoint);
  flags.add_flag("--insecure", options.broker.insecure,
                 "allow addresses that other machines can reach, although nothing is encrypted "
                 "and nobody has to prove who they are");
}

void add_strategies(CLI::App& flags, Options& options) {
  flags
      .add_option("--strategy", options.broker.strategy,
                  "what decides which job goes where: NAME[:parameter=number,...], see below")
      ->type_name("NAME")
      ->check(such_as(strategy_names()))
      ->default_str(options.broker.strategy);
  flags
      .add_option("--plugin", options.plugins,
                  "a shared object with more strategies; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_number<std::int64_t>(
      flags, {.name = "--max-strategy-call-ms",
              .description = "how long a strategy of a plugin may think about one answer before "
                             "the oldest job is taken instead",
              .value = options.max_strategy_call_ms,
              .min = 1,
              .max = 60'000});
}

/// One row of the table of limits.
template <class Number>
void add_limit(CLI::App& flags, const char* name, const char* description, Number& value,
               Number min = 1) {
  add_number<Number>(flags, {.name = name, .description = description, .value = value, .min = min});
}

void add_job_limits(CLI::App& flags, BrokerOptions& broker) {
  core::Options& limits = broker.limits;
  add_limit(flags, "--max-queued-jobs", "queued jobs in all", limits.max_queued_jobs);
  add_limit(flags, "--max-queued-jobs-per-user",
            "queued jobs of each named user; 0 or less: no cap", limits.max_queued_jobs_per_user,
            INT64_MIN);
  add_limit(flags, "--max-unfinished-jobs-per-session", "jobs of one client on their way",
            limits.max_unfinished_jobs_per_session);
  add_number<std::uint64_t>(flags, {.name = "--max-payload-bytes",
                                    .description = "one payload or result",
                                    .value = broker.max_payload_bytes,
                                    .min = 1,
                                    .max = kMostPayload_bytes});
  add_limit(flags, "--max-kept-bytes", "payloads and results kept for all jobs",
            broker.max_kept_bytes);
  add_limit(flags, "--max-queued-jobs-per-queue", "jobs that wait in each queue; 0: no cap",
            limits.max_queued_jobs_per_queue, 0U);
}

/// What becomes of jobs that do not end well.
void add_retries(CLI::App& flags, Options& options) {
  core::Options& limits = options.broker.limits;
  add_limit<std::uint16_t>(flags, "--max-attempts",
                           "attempts of one job, when workers are lost or ask for another",
                           limits.max_attempts);
  add_limit<std::uint16_t>(flags, "--max-hops", "how often a job may be forwarded", limits.max_hops,
                           0);
  add_number<std::uint32_t>(flags, {.name = "--max-deaths",
                                    .description = "workers that die of a job before it goes to "
                                                   "quarantine",
                                    .value = options.max_deaths,
                                    .min = 1,
                                    .max = 255});
  add_limit(flags, "--max-quarantined-jobs", "jobs in quarantine; beyond it the oldest are dropped",
            limits.max_quarantined_jobs);
  add_limit<std::int64_t>(flags, "--retry-first-ms",
                          "pause before a second attempt, doubled with each further one",
                          options.retry_first_ms, 0);
  add_limit<std::int64_t>(flags, "--retry-max-ms", "the longest such pause", options.retry_max_ms,
                          0);
}

void add_journal(CLI::App& flags, BrokerOptions& broker) {
  flags
      .add_option("--journal", broker.journal_file,
                  "write jobs that ask for it (--durability journal) to this file before they are "
                  "accepted, and go on with what it has")
      ->type_name("FILE");
}

void add_credit(CLI::App& flags, std::int64_t& max_unstarted_work_us) {
  add_number<std::int64_t>(
      flags, {.name = "--max-unstarted-work-us",
              .description = "run time of small jobs that may wait at a busy worker, so that it "
                             "goes on without a pause; 0: none",
              .value = max_unstarted_work_us,
              .min = 0,
              .max = 1'000'000});
}

void add_unserved_ttl(CLI::App& flags, std::int64_t& unserved_ttl_s) {
  add_number<std::int64_t>(
      flags, {.name = "--unserved-ttl-s",
              .description = "how long jobs wait in a queue that no worker serves before they fail "
                             "with no_such_task; 0: until one does",
              .value = unserved_ttl_s,
              .min = 0,
              .max = service::kLongestUnserved_s});
}

void add_table_limits(CLI::App& flags, Options& options) {
  core::Options& limits = options.broker.limits;
  add_limit(flags, "--max-workers", "workers at once", limits.max_workers);
  add_limit(flags, "--max-sessions", "clients at once", limits.max_sessions);
  add_limit(flags, "--max-lanes", "combinations of queue, user, state, priority and tags at once",
            limits.max_lanes);
  add_limit(flags, "--max-names", "queues, states, users and tags, each", options.broker.max_names);
  add_limit<std::int64_t>(flags, "--worker-lost-after-ms",
                          "silence until a worker is lost and its jobs go to others",
                          options.worker_lost_after_ms, service::kShortestSilenceMs);
  add_limit<std::int64_t>(flags, "--session-gone-after-ms",
                          "silence until a client is gone and its queued jobs are dropped",
                          options.session_gone_after_ms, service::kShortestSilenceMs);
}

}  // namespace

void add_broker_command(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program, {"broker", "Run a broker, which gives each job to the right worker.", footer()},
      chosen, {run});
  Options& kept = options;
  add_config(flags, [&kept](Result<Configuration> read) { take(kept, std::move(read)); });
  add_endpoints(flags, options);
  add_http(flags, options.http, "none");
  add_strategies(flags, options);
  add_user_weights(flags, options.broker.user_weights);
  add_journal(flags, options.broker);
  add_job_limits(flags, options.broker);
  add_retries(flags, options);
  add_unserved_ttl(flags, options.unserved_ttl_s);
  add_credit(flags, options.max_unstarted_work_us);
  add_table_limits(flags, options);
  add_record(flags, options.record);
  add_log(flags, options.log);
}

}  // namespace steelyard::cli
