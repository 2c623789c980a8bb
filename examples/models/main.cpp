#include <CLI/CLI.hpp>

#include "common/command_line.hpp"
#include "common/stop_signals.hpp"
#include "models/run.hpp"
#include "models/worker.hpp"

namespace {

constexpr const char* kExamples = R"(Examples:
  six jobs that want two models in turn, in order of arrival and grouped by model
      steelyard-example-models run
  more of everything, with one strategy
      steelyard-example-models run --jobs 24 --models 3 --workers 2 --strategy groups-by-state
  the parts one by one; the worker last, so that all jobs are queued before the first is assigned
      steelyard broker --strategy groups-by-state
      steelyard-example-models prepare
      steelyard-example-models client
      steelyard-example-models worker)";

struct Arguments {
  models::RunOptions run;
  models::ClientOptions client{steelyard::kDefaultEndpoint};
  models::WorkerOptions worker{steelyard::kDefaultEndpoint, models::default_folder()};
};

void add_folder_flag(CLI::App& app, std::filesystem::path& folder) {
  app.add_option("--folder", folder, "where the models' files are kept")->capture_default_str();
}

template <class Options>
void add_job_flags(CLI::App& app, Options& options) {
  add_folder_flag(app, options.folder);
  app.add_option("--jobs", options.jobs, "how many; they want the models in turn")
      ->check(CLI::Range(1, 4000))
      ->capture_default_str();
  app.add_option("--models", options.models, "how many")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print one JSON object instead of the table");
}

void add_load_flag(CLI::App& app, double& seconds) {
  app.add_option("--min-load", seconds, "seconds that loading a model must take at least")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
}

void add_run(CLI::App& app, models::RunOptions& options) {
  auto& run = *app.add_subcommand("run", "broker, workers and client in one command");
  add_job_flags(run, options);
  add_load_flag(run, options.min_load_s);
  run.add_option("--workers", options.workers, "worker processes")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  run.add_option("--tries", options.tries,
                 "play again while other programs disturb the times; the best ones count")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  run.add_option("--strategy", options.strategies, "the broker's; give several to compare them")
      ->capture_default_str();
}

void add_parts(CLI::App& app, Arguments& arguments) {
  auto& client = *app.add_subcommand("client", "hand in the jobs, wait for a worker");
  add_job_flags(client, arguments.client);
  example::add_broker_flag(client, arguments.client.broker);

  auto& worker = *app.add_subcommand("worker", "answer questions until Ctrl+C");
  add_folder_flag(worker, arguments.worker.folder);
  example::add_broker_flag(worker, arguments.worker.broker);

  auto& prepare = *app.add_subcommand("prepare", "write the models' files; `run` does that too");
  add_folder_flag(prepare, arguments.run.folder);
  add_load_flag(prepare, arguments.run.min_load_s);
  prepare.add_option("--models", arguments.run.models, "how many")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Questions to language models that take a while to load",
               "steelyard-example-models");
  app.footer(kExamples);
  app.require_subcommand(1);
  Arguments arguments;
  add_run(app, arguments.run);
  add_parts(app, arguments);
  if (const auto status = example::parse(app, argc, argv)) return *status;

  const example::StopSignals signals;
  if (app.got_subcommand("run")) return models::run_everything(arguments.run, signals);
  if (app.got_subcommand("worker")) return models::run_worker(arguments.worker, signals);
  if (app.got_subcommand("prepare")) return models::run_prepare(arguments.run);
  return models::run_client(arguments.client, signals);
}
