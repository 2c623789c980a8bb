#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/stop_signals.hpp"
#include "fleet/client.hpp"
#include "fleet/generate.hpp"
#include "fleet/run.hpp"
#include "fleet/worker.hpp"

namespace {

constexpr const char* kExamples = R"(Examples:
  everything in one command, 512 commands of 1 s in about 16 s and in about 1 s
      steelyard-example-fleet run
      steelyard-example-fleet run --slots 16
  real checks over sockets, against services that the program starts itself
      steelyard-example-fleet run --real
  the parts one by one, with files, in any order
      steelyard broker
      steelyard-example-fleet generate /tmp/fleet
      steelyard-example-fleet worker /tmp/fleet/server.txt --slots 16
      steelyard-example-fleet client /tmp/fleet/client.txt --batch 16)";

struct Arguments {
  fleet::RunOptions run;
  fleet::WorkerOptions worker;
  std::string commands_file;
  std::string map_file;
  std::string folder;
};

void add_client_flags(CLI::App& app, fleet::ClientOptions& options) {
  app.add_option("--batch", options.batch, "commands handed in together")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--batch-unit", options.batch_unit,
               "one worker takes a whole batch and answers it in one piece");
  app.add_flag("--json", options.json, "print one JSON object instead of the table");
}

void add_check_flags(CLI::App& app, fleet::CheckOptions& options) {
  app.add_option_function<std::uint32_t>(
         "--timeout",
         [&options](std::uint32_t ms) { options.timeout = std::chrono::milliseconds(ms); },
         "milliseconds that one real command may take (default 2000)")
      ->check(CLI::Range(1, 3'600'000));
}

void add_client(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.run.client;
  auto& client = *app.add_subcommand("client", "hand in the commands of a file, sum the answers");
  client.add_option("COMMANDS_FILE", arguments.commands_file, "lines ADDRESS:COMMAND")->required();
  add_client_flags(client, options);
  example::add_broker_flag(client, options.broker);
  client
      .add_option_function<std::uint32_t>(
          "--patience", [&options](std::uint32_t s) { options.patience = std::chrono::seconds(s); },
          "seconds to wait for the broker and the workers (default 10)")
      ->check(CLI::Range(1, 86'400));
  client
      .add_option("--wait-workers", options.wait_workers,
                  "the clock starts when so many workers have joined")
      ->capture_default_str();
}

void add_worker(CLI::App& app, Arguments& arguments) {
  auto& worker = *app.add_subcommand("worker", "answer commands until Ctrl+C");
  auto& checks = arguments.run.checks;
  auto* map = worker.add_option("MAP_FILE", arguments.map_file,
                                "lines ADDRESS:COMMAND:RESPONSE:WAIT, WAIT in seconds");
  auto* real = worker.add_flag("--real", arguments.run.real,
                               "carry the commands out: tcp-check PORT, http-get PATH, dns [NAME]");
  real->excludes(map);
  worker.add_option("--slots", arguments.worker.slots, "commands waited for at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  worker.add_option("--http-port", checks.http_port, "where http-get goes")->capture_default_str();
  worker.add_option("--dns-port", checks.dns_port, "where dns goes")->capture_default_str();
  add_check_flags(worker, checks);
  example::add_broker_flag(worker, arguments.worker.broker);
}

void add_generate_flags(CLI::App& app, fleet::GenerateOptions& options) {
  app.add_option("--commands", options.commands, "how many")->capture_default_str();
  app.add_option("--wait", options.wait_s, "seconds that each command's answer takes")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
}

void add_generate(CLI::App& app, Arguments& arguments) {
  auto& generate =
      *app.add_subcommand("generate", "write client.txt and server.txt for the other commands");
  generate.add_option("DIR", arguments.folder, "where to; it is made if need be")->required();
  add_generate_flags(generate, arguments.run.files);
}

void add_run(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.run;
  auto& run = *app.add_subcommand(
      "run", "broker, worker processes and client in one command; ends by itself");
  add_generate_flags(run, options.files);
  add_client_flags(run, options.client);
  run.add_option("--workers", options.workers,
                 "worker processes, connected before the clock starts")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  run.add_option("--slots", options.slots, "commands that each worker waits for at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  run.add_option("--strategy", options.strategy, "the broker's")->capture_default_str();
  run.add_flag("--real", options.real, "real checks against services on loopback; no --wait");
  add_check_flags(run, options.checks);
}

int generate_files(const Arguments& arguments) {
  const auto files = fleet::generate(arguments.folder, arguments.run.files);
  if (!files) {
    fmt::print(stderr, "fleet generate: {}\n", files.error().context);
    return example::kWrongUsage;
  }
  fmt::print("{}\n{}\n", files->commands.string(), files->responses.string());
  return example::kDone;
}

int run_worker(const Arguments& arguments, const example::StopSignals& signals) {
  if (arguments.run.real) {
    return fleet::run_real_worker(arguments.worker, arguments.run.checks, signals);
  }
  if (!arguments.map_file.empty()) {
    return fleet::run_mapped_worker(arguments.worker, arguments.map_file, signals);
  }
  fmt::print(stderr, "fleet worker: give a MAP_FILE or --real\n");
  return example::kWrongUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Commands for a fleet of devices, in batches, over many workers",
               "steelyard-example-fleet");
  app.footer(kExamples);
  app.require_subcommand(1);
  Arguments arguments;
  add_run(app, arguments);
  add_client(app, arguments);
  add_worker(app, arguments);
  add_generate(app, arguments);
  if (const auto status = example::parse(app, argc, argv)) return *status;

  const example::StopSignals signals;
  if (app.got_subcommand("run")) return fleet::run_everything(arguments.run, signals);
  if (app.got_subcommand("worker")) return run_worker(arguments, signals);
  if (app.got_subcommand("generate")) return generate_files(arguments);
  return fleet::run_client(arguments.run.client, arguments.commands_file, signals);
}
