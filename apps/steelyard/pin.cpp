#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// How often a pin that is waited for is looked at.
constexpr std::chrono::milliseconds kLookAgain{100};
/// After so many failures in a row it is not waited for any longer.
constexpr std::uint64_t kManyFailedLoads = 3;

struct Options {
  BrokerAt broker;
  Pin pin;
  bool no_wait = false;
};

/// "2 workers hold german, 1 is loading it"
std::string sentence(const std::string& state, const PinStatus& status) {
  std::string text =
      fmt::format("{} {}", counted(status.holding, "worker holds", "workers hold"), state);
  if (status.loading > 0) {
    text += fmt::format(", {} loading it", counted(status.loading, "is", "are"));
  }
  return text;
}

/// A pin, from the request until it is satisfied.
class Pinning {
 public:
  Pinning(Client& client, const Options& options) : client_(client), options_(options) {}
  ~Pinning() { show(""); }
  Pinning(const Pinning&) = delete;
  Pinning& operator=(const Pinning&) = delete;

  /// Asks for it, or takes it back. Errors: those of the questions; InvalidArgument when there are
  /// not enough workers, and nothing was asked for then.
  Result<PinStatus> ask() {
    if (auto enough = check_workers(); !enough) return tl::unexpected(enough.error());
    return client_.pin(options_.pin);
  }

  /// Waits until enough workers hold it, or `stop`.
  /// Errors: as above, and WorkFailed when it cannot be loaded.
  Result<PinStatus> wait(PinStatus status, const std::atomic<bool>& stop) {
    CompletionQueue pause;  // nothing comes
    while (status.holding < options_.pin.workers && !stop) {
      show(sentence(options_.pin.state, status));
      static_cast<void>(pause.take(kLookAgain));
      if (auto loads = check_loads(); !loads) return tl::unexpected(loads.error());
      auto now = ask();
      if (!now) return now;
      status = *now;
    }
    return status;
  }

 private:
  [[nodiscard]] Result<json::object> report(std::string_view what) {
    const auto answer =
        client_.query(what, std::chrono::milliseconds(options_.broker.connect_timeout_ms));
    if (!answer) return tl::unexpected(answer.error());
    return parse_report(*answer);
  }

  /// Whether so many workers could hold it, if they were not busy.
  Result<void> check_workers() {
    const auto workers = report("workers");
    if (!workers) return tl::unexpected(workers.error());
    const auto able = std::ranges::count_if(
        list_in(*workers, "rows"), [this](const json::value& row) { return is_able(row); });
    const auto count = static_cast<std::uint64_t>(able);
    if (count >= options_.pin.workers || count_in(*workers, "rows_omitted") > 0) return {};
    const std::string& queue = options_.pin.queue;
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} asked for, only {} there{}",
                               counted(options_.pin.workers, "worker is", "workers are"),
                               counted(count, "is", "are"),
                               queue.empty() ? "" : fmt::format(" for queue '{}'", queue)));
  }

  [[nodiscard]] bool is_able(const json::value& row) const {
    if (!row.is_object()) return false;
    const json::value* draining = row.as_object().if_contains("draining");
    if (draining != nullptr && draining->is_bool() && draining->as_bool()) return false;
    if (options_.pin.queue.empty()) return true;
    return std::ranges::any_of(list_in(row.as_object(), "queues"), [this](const json::value& name) {
      return name.is_string() && std::string_view(name.as_string()) == options_.pin.queue;
    });
  }

  /// Whether it is worth waiting, because it did not fail again and again since this began.
  Result<void> check_loads() {
    const auto states = report("states");
    if (!states) return tl::unexpected(states.error());
    std::uint64_t failed = 0;
    for (const json::value& row : list_in(*states, "rows")) {
      const bool is_it = row.is_object() && text_in(row.as_object(), "state") == options_.pin.state;
      if (is_it) failed = count_in(row.as_object(), "failed_loads_in_a_row");
    }
    failed_before_ = std::min(failed_before_.value_or(failed), failed);
    if (failed - *failed_before_ < kManyFailedLoads) return {};
    return failure(
        ErrorCode::WorkFailed,
        fmt::format("{0} could not be loaded {1} times in a row; the workers' logs say why. It "
                    "stays pinned and is tried again; `steelyard pin {0} --workers 0` takes that "
                    "back",
                    options_.pin.state, failed));
  }

  void show(const std::string& text) const {
    if (!is_terminal_) return;
    print_error("\r\x1b[K" + text.substr(0, errors_columns() - 1));
  }

  Client& client_;
  const Options& options_;
  const bool is_terminal_ = errors_are_terminal();
  std::optional<std::uint64_t> failed_before_;  // by others, while nothing was waited for
};

int refuse(const Error& error) {
  const int status = give_up("pin", error);
  return status == kWrongUsage ? kFailed : status;  // what was typed was well-formed
}

int print_result(const Options& options, const PinStatus& status) {
  if (options.pin.workers == 0) {
    return print(fmt::format("{} may be given up for others again\n", options.pin.state));
  }
  const std::uint32_t there = status.holding + status.loading;
  std::string text = sentence(options.pin.state, status);
  if (there < options.pin.workers) {
    const std::uint32_t missing = options.pin.workers - there;
    text += fmt::format(", {} to load it later", counted(missing, "is", "are"));
  }
  return print(text + "\n");
}

int run(const Options& options) {
  StopSignals signals;
  const auto client = connect(options.broker);
  if (!client) return give_up("pin", client.error());
  std::atomic<bool> stop = false;
  signals.watch({.first = [&stop] { stop = true; }, .second = [] { ::_exit(kInterrupted); }});
  Result<PinStatus> status;
  {
    Pinning pinning(**client, options);
    status = pinning.ask();
    if (status && !options.no_wait) status = pinning.wait(*status, stop);
  }
  signals.end();
  if (!status) return refuse(status.error());
  const int printed = print_result(options, *status);
  return stop && printed == kDone ? kInterrupted : printed;
}

}  // namespace

void add_pin(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"pin", "Have workers load a state and keep it.",
       "So many workers load the state ahead of any job, if they do not hold it yet, and do not "
       "give it up for another. Waits until they have, unless --no-wait; Ctrl+C ends the waiting, "
       "not the pin. It takes the place of what was asked for this state before, and ends with the "
       "broker or with --workers 0. When one of the workers leaves, another takes its place. "
       "Workers with --lines load ahead of jobs when they were started with --preload. Without "
       "--queue any worker may be taken, also one of another queue.\n"
       "\n"
       "Exit status: 0, or 1 when there are not enough workers or the state cannot be loaded.\n"
       "\n"
       "Examples:\n"
       "  steelyard pin german --queue translate --workers 2\n"
       "  steelyard pin german --queue translate --no-wait\n"
       "  steelyard pin german --workers 0"},
      chosen, {run});
  add_name(flags, {"STATE", "what they are to hold", options.pin.state})->required();
  add_number<std::uint32_t>(flags, {.name = "--workers",
                                    .description = "how many; 0: none any more",
                                    .value = options.pin.workers,
                                    .min = 0,
                                    .max = 100'000});
  add_name(flags, {"--queue", "only workers that serve this queue", options.pin.queue});
  flags.add_flag("--no-wait", options.no_wait, "do not wait until it is loaded");
  add_broker_and_timeout(flags, options.broker);
}

}  // namespace steelyard::cli
