#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <errno.h>  // program_invocation_name
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "cli/part.hpp"
#include "cli/stop_signals.hpp"
#include "cli/user_weights.hpp"
#include "commands.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/task/child_guard.hpp"

namespace steelyard::cli {
namespace {

constexpr const char* kQueue = "demo";
constexpr int kWorkers = 2;

struct Options {
  std::string listen = kDefaultEndpoint;
  UserWeights user_weights;
  std::string journal;
};

/// A broker and two workers as children, and what they say.
class Household {
 public:
  explicit Household(std::shared_ptr<ChildGuard> guard) : guard_(std::move(guard)) {}

  /// Starts the broker and then the workers, and waits until they are ready.
  Result<void> start(const Options& options) {
    auto broker = start_part(
        "broker", broker_arguments(options.listen, options.user_weights, options.journal),
        kListening);
    if (!broker) return tl::unexpected(broker.error());
    endpoint_ = *broker;
    for (int i = 1; i <= kWorkers; ++i) {
      const std::string name = fmt::format("{}-{}", kQueue, i);
      auto worker = start_part(
          "worker " + name,
          worker_arguments(
              {.endpoint = endpoint_, .queue = kQueue, .builtin = "primes", .name = name}),
          kReady);
      if (!worker) return tl::unexpected(worker.error());
    }
    return {};
  }

  /// Passes on what the children say until all have ended. Returns whether they were told to.
  bool attend() {
    std::vector<std::jthread> listeners;
    for (const auto& child : children_) {
      listeners.emplace_back([this, &child] { listen(*child); });
    }
    const bool as_told = wait_for_end();
    if (as_told) {
      children_.front()->part->interrupt();
    } else {
      guard_->kill_all();
    }
    return as_told;
  }

  /// Tells the workers to finish what they have in hand and go; the broker follows them.
  void stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (std::size_t i = 1; i < children_.size(); ++i) children_[i]->part->interrupt();
    changed_.notify_all();
  }
  void stop_now() { guard_->kill_all(); }

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

 private:
  struct Child {
    std::string name;
    std::unique_ptr<Part> part;
  };

  /// Returns the rest of the line that says it is ready.
  Result<std::string> start_part(const std::string& name, const std::vector<std::string>& arguments,
                                 std::string_view ready) {
    auto part = Part::start(arguments, guard_);
    if (!part) return tl::unexpected(part.error());
    auto line = (*part)->wait_for_line(ready);
    if (!line) {
      return failure(ErrorCode::SystemError,
                     fmt::format("the {} did not start: {}", name, line.error().context));
    }
    children_.push_back(std::make_unique<Child>(Child{name, std::move(*part)}));
    return line;
  }

  void listen(const Child& child) {
    while (const auto line = child.part->next_line()) say(child.name, *line);
    const std::string how = child.part->end();
    const std::scoped_lock lock(mutex_);
    if (!stopping_) say(child.name, "ended: " + how);
    if (&child == children_.front().get()) {
      broker_ended_ = true;
    } else {
      --workers_left_;
    }
    changed_.notify_all();
  }

  /// Waits until the workers have ended as they were told to, or the broker has ended by itself.
  /// Returns which of the two it was.
  bool wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return broker_ended_ || (stopping_ && workers_left_ == 0); });
    return std::exchange(stopping_, true);
  }

  static void say(std::string_view name, std::string_view sentence) {
    print_error(fmt::format("{}: {}\n", name, sentence));
  }

  const std::shared_ptr<ChildGuard> guard_;
  std::vector<std::unique_ptr<Child>> children_;  // the broker first
  std::string endpoint_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool stopping_ = false;
  bool broker_ended_ = false;
  int workers_left_ = kWorkers;
};

/// How this program is called, to be typed again.
std::string own_name() {
  const std::string_view name = program_invocation_name;
  const bool is_path = name.find('/') != std::string_view::npos;
  return std::string(is_path && is_valid_name(name) ? name : "steelyard");
}

std::string welcome(const std::string& endpoint) {
  const std::string variable =
      endpoint == kDefaultEndpoint ? "" : fmt::format("  export STEELYARD_BROKER={}\n", endpoint);
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
      "\n"
      "A worker of your own, and a job for it:\n"
      "  {4} worker --queue upper --exec 'tr a-z A-Z'\n"
      "  {4} submit upper hello\n"
      "\n"
      "Ctrl+C stops all of it.\n",
      endpoint, kWorkers, kQueue, variable, own_name());
}

void stop_on(StopSignals& signals, Household& household) {
  signals.watch({.first =
                     [&household] {
                       print_error(
                           "\nstopping: the workers finish what they have in hand (Ctrl+C again "
                           "stops at once)\n");
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

int run(const Options& options) {
  // Before any thread, while the program is small.
  const auto guard = ChildGuard::start();
  if (!guard) return give_up("up", guard.error());
  StopSignals signals;
  Household household(*guard);
  if (const auto started = household.start(options); !started) {
    return give_up("up", started.error());
  }
  stop_on(signals, household);
  int status = print(welcome(household.endpoint()));
  if (status == kDone) status = attend(household);
  signals.end();
  return status;
}

}  // namespace

void add_up(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"up", "Start a broker and two workers to play with.",
       "Says what to type next. Ctrl+C (SIGINT) or SIGTERM stops all of it "
       "and lets the workers finish what they have in hand; a second one stops at once.\n"
       "\n"
       "Examples:\n"
       "  steelyard up\n"
       "  steelyard up --listen tcp://127.0.0.1:7500\n"
       "  steelyard up --journal jobs.journal"},
      chosen, {run});
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
      ->default_str(listen);
  add_user_weights(flags, options.user_weights);
  flags
      .add_option("--journal", options.journal,
                  "where the broker writes jobs that ask for it (--durability journal)")
      ->type_name("FILE");
}

}  // namespace steelyard::cli
