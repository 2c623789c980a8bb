#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/local_broker.hpp"
#include "common/stop_signals.hpp"
#include "hello/client.hpp"
#include "hello/worker.hpp"

namespace {

constexpr const char* kExamples = R"(Examples:
  everything in one program
      steelyard-example-hello
  the parts one by one, in any order
      steelyard broker
      steelyard-example-hello worker
      steelyard-example-hello client --user ada --priority 5
  a worker's task is there for other programs as well
      steelyard submit HELLO '{"firstName":"Ada","lastName":"Lovelace"}' --user ada --priority 5)";

struct Arguments {
  hello::ClientOptions client;
  hello::WorkerOptions worker;
};

void add_client_flags(CLI::App& app, hello::ClientOptions& options) {
  app.add_option("--first-name", options.first_name, "who is greeted")->capture_default_str();
  app.add_option("--last-name", options.last_name, "who is greeted")->capture_default_str();
  app.add_option("--user", options.user, "whose share the jobs count for");
  app.add_option("--priority", options.priority, "higher is sooner")->capture_default_str();
}

void add_worker_flags(CLI::App& app, hello::WorkerOptions& options) {
  app.add_option("--wait", options.wait_s, "seconds that each greeting takes")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
}

/// A broker, a worker and a client in this program; between processes nothing would be different.
int run_everything(Arguments& arguments, const example::StopSignals& signals) {
  const auto broker = example::LocalBroker::start("least-loaded");
  if (!broker) {
    fmt::print(stderr, "hello: {}\n", describe(broker.error()));
    return example::kWrongUsage;
  }
  arguments.client.broker = arguments.worker.broker = (*broker)->endpoint();
  const std::jthread worker([&](const std::stop_token& finish) {
    static_cast<void>(hello::run_worker(arguments.worker, finish, signals.first()));
  });
  return hello::run_client(arguments.client, signals.first());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The life of a job, from its id to its answer; broker and worker are in the program",
               "steelyard-example-hello");
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  Arguments arguments;
  add_client_flags(app, arguments.client);
  add_worker_flags(app, arguments.worker);
  auto& client = *app.add_subcommand("client", "hand in jobs at a broker and follow them");
  add_client_flags(client, arguments.client);
  example::add_broker_flag(client, arguments.client.broker);
  auto& worker = *app.add_subcommand("worker", "greet for a broker until Ctrl+C");
  add_worker_flags(worker, arguments.worker);
  example::add_broker_flag(worker, arguments.worker.broker);
  if (const auto status = example::parse(app, argc, argv)) return *status;

  const example::StopSignals signals;
  if (app.got_subcommand("client")) return hello::run_client(arguments.client, signals.first());
  if (app.got_subcommand("worker")) {
    return hello::run_worker(arguments.worker, signals.first(), signals.second());
  }
  return run_everything(arguments, signals);
}
