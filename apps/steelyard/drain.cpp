#include <string>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "commands.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  BrokerAt broker;
  std::string worker;
};

int run(const Options& options) {
  auto client = connect(options.broker);
  if (!client) return give_up("drain", client.error());
  if (const auto drained = (*client)->drain(options.worker); !drained) {
    const int status = give_up("drain", drained.error());
    return status == kWrongUsage ? kFailed : status;  // the name was well-formed
  }
  return print(
      fmt::format("{} gets no more jobs, finishes what it has and leaves\n", options.worker));
}

}  // namespace

void add_drain(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"drain", "Let a worker finish what it has and go.",
       "The worker is given no more jobs; when its last one has ended and the result is with the "
       "one who waits for it, its process ends by itself with exit status 0. ls workers shows the "
       "names; several workers of one name are drained together.\n"
       "\n"
       "Examples:\n"
       "  steelyard ls workers\n"
       "  steelyard drain gpu-3"},
      chosen, {run});
  add_name(flags, {"WORKER", "its name", options.worker})->required();
  add_broker_and_timeout(flags, options.broker);
}

}  // namespace steelyard::cli
