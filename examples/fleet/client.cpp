#include "fleet/client.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "common/progress_line.hpp"
#include "fleet/report.hpp"
#include "fleet/tally.hpp"
#include "fleet/worker.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace fleet {
namespace {

using steelyard::Client;
using steelyard::Completion;
using steelyard::CompletionQueue;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookUp{100};

int fail(int status, std::string_view reason) {
  fmt::print(stderr, "fleet client: {}\n", reason);
  return status;
}

/// Hands in everything; what is tagged n is the answer of command n, or of the batch from n on.
/// Returns the number of batches.
std::size_t hand_in(Client& client, const std::vector<Command>& commands,
                    const ClientOptions& options, CompletionQueue& answers) {
  std::size_t batches = 0;
  for (std::size_t first = 0; first < commands.size(); first += options.batch, ++batches) {
    const std::size_t end = std::min(first + options.batch, commands.size());
    std::vector<std::string> batch;
    for (std::size_t i = first; i < end; ++i) batch.push_back(to_text(commands[i]));
    if (options.batch_unit) {
      client.submit_unit(kQueue, batch, {}, answers, first);
    } else {
      client.submit_batch(kQueue, std::move(batch), {}, answers, first);
    }
  }
  return batches;
}

/// Counts the one combined answer to the commands [first, end).
void add_unit(Tally& tally, std::size_t first, std::size_t end,
              const steelyard::Result<std::string>& answer) {
  auto parts = answer.and_then(steelyard::unpack_unit);
  if (parts && parts->size() != end - first) {
    parts = steelyard::failure(steelyard::ErrorCode::Malformed, "an answer for another batch");
  }
  for (std::size_t i = first; i < end; ++i) {
    tally.add(i, parts ? (*parts)[i - first] : tl::unexpected(parts.error()));
  }
}

void add(Tally& tally, const ClientOptions& options, const Completion& completion) {
  const std::size_t first = completion.tag;
  if (!options.batch_unit) return tally.add(first, completion.result);
  add_unit(tally, first, std::min(first + options.batch, tally.commands()), completion.result);
}

/// Sums what comes until all is there; returns the reason when `give_up` had one.
std::string collect(Tally& tally, const ClientOptions& options, CompletionQueue& answers,
                    const example::GiveUpReason& give_up) {
  example::ProgressLine progress;
  while (!tally.complete()) {
    for (const Completion& completion : answers.take(kLookUp)) add(tally, options, completion);
    progress.show(fmt::format("[{}] {} of {} answered, sum so far {}",
                              example::bar(tally.received(), tally.commands(), 30),
                              tally.received(), tally.commands(), shown(tally.sum())));
    if (std::string reason = give_up(); !reason.empty() && !tally.complete()) return reason;
  }
  return {};
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void say_joined(const example::Crowd& crowd) {
  fmt::print("{} workers with {} slots have joined; the clock starts\n", crowd.workers,
             crowd.slots);
  std::fflush(stdout);
}

int report_on(const Report& report, bool json) {
  json ? print_json(report) : print_table(report);
  return report.tally.failed() == 0 ? example::kDone : example::kFailed;
}

}  // namespace

int run_commands(const ClientOptions& options, const std::vector<Command>& commands,
                 std::size_t malformed_lines, const example::GiveUpReason& give_up) {
  CompletionQueue answers;  // outlives the client, which fills it
  Client client({.endpoint = options.broker});
  if (const auto connected = client.connect(options.patience); !connected) {
    return fail(example::kNoBroker, describe(connected.error()));
  }
  const auto joined =
      example::wait_for_workers(client, options.wait_workers, options.patience, give_up);
  if (!joined) return fail(example::kNoBroker, describe(joined.error()));
  if (options.wait_workers > 0 && !options.json) say_joined(*joined);

  Tally tally(commands.size());
  const auto start = Clock::now();
  const std::size_t batches = hand_in(client, commands, options, answers);
  const std::string gave_up = collect(tally, options, answers, give_up);
  const double wall_s = seconds_since(start);

  const auto crowd = example::count_workers(client).value_or(example::Crowd{});
  const int status = report_on({.commands = commands,
                                .tally = tally,
                                .malformed_lines = malformed_lines,
                                .batches = batches,
                                .workers = crowd.workers,
                                .slots = crowd.slots,
                                .wall_s = wall_s},
                               options.json);
  return gave_up.empty() ? status : fail(example::kFailed, gave_up);
}

int run_client(const ClientOptions& options, const std::filesystem::path& file,
               const example::StopSignals& signals) {
  const auto read = read_commands(file);
  if (!read) return fail(example::kWrongUsage, read.error().context);
  print_malformed(file, read->malformed);
  const int status = run_commands(options, read->commands, read->malformed.size(), [&] {
    return signals.first().stop_requested() ? std::string("interrupted") : std::string();
  });
  return signals.first().stop_requested() ? example::kInterrupted : status;
}

}  // namespace fleet
