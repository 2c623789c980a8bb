#include <algorithm>
#include <chrono>
#include <cmath>
#include <semaphore>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "cli/query.hpp"
#include "cli/stop_signals.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

constexpr double kUsualWatch_s = 1;
constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";

struct Options {
  BrokerAt broker;
  bool json = false;
  bool strict = false;
  std::chrono::milliseconds watch{0};  // 0: look once
};

bool is_warned(const json::object& health) {
  return !list_in(health, "warnings").empty();
}

std::string parts_table(const json::object& health) {
  Table table({{.heading = "PART", .may_shrink = true},
               {.heading = "STATE"},
               {.heading = "", .may_shrink = true}});
  for (const json::value& part : list_in(health, "parts")) {
    if (!part.is_object()) continue;
    table.add({printable(text_in(part.as_object(), "part")), text_in(part.as_object(), "state"),
               printable(text_in(part.as_object(), "text"))});
  }
  return table.text(output_is_terminal() ? output_columns() : 0);
}

std::string readable(const json::object& health) {
  const std::string workers = counted(count_in(health, "workers"), "worker", "workers");
  const std::string queued = counted(count_in(health, "queued"), "job", "jobs");
  const std::uint64_t delayed = count_in(health, "delayed");
  std::string text =
      fmt::format("{}: {}, {} queued, {}{} running, up {}\n", is_warned(health) ? "WARNING" : "OK",
                  workers, queued, delayed > 0 ? with_commas(delayed) + " delayed, " : "",
                  with_commas(count_in(health, "running")), time_in(health, "uptime_s"));
  for (const json::value& warning : list_in(health, "warnings")) {
    if (warning.is_string()) text += "- " + printable(warning.as_string()) + "\n";
  }
  return list_in(health, "parts").empty() ? text : text + "\n" + parts_table(health);
}

int look_once(const Options& options) {
  const auto answer = ask(options.broker, "health");
  if (!answer) return give_up("health", answer.error());
  const auto health = parse_report(*answer);
  if (!health) return give_up("health", health.error());
  const int printed = print(options.json ? *answer + "\n" : readable(*health));
  return printed == kDone && options.strict && is_warned(*health) ? kFailed : printed;
}

/// What is worth telling anew: counts and times change all the time.
std::string gist(const json::object& health) {
  std::string text;
  for (const json::value& warning : list_in(health, "warnings")) {
    if (warning.is_string()) text.append(warning.as_string()).append("\n");
  }
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  for (const json::value& part : list_in(health, "parts")) {
    if (!part.is_object()) continue;
    text += text_in(part.as_object(), "part") + " " + text_in(part.as_object(), "state") + "\n";
  }
  return text;
}

/// Looks again and again, and prints when something has changed.
class Watch {
 public:
  explicit Watch(const Options& options) : options_(options) {}

  int run() {
    auto endpoint = endpoint_of(options_.broker);
    if (!endpoint) return give_up("health", endpoint.error());
    StopSignals signals;  // before the client's thread
    Client client(ClientOptions{.endpoint = std::move(*endpoint)});
    const std::chrono::milliseconds patience(options_.broker.connect_timeout_ms);
    // A broker that does not answer is waited for; the second signal does not.
    signals.watch(
        {.first = [this] { stopped_.release(); }, .second = [] { ::_exit(kInterrupted); }});
    int status = kDone;
    do {
      status = show(client.query("health", patience));
    } while (status != kReaderGone && !stopped_.try_acquire_for(options_.watch));
    signals.end();
    return status;
  }

 private:
  int show(const Result<std::string>& answer) {
    if (!answer) return show_absence(answer.error());
    const auto health = parse_report(*answer);
    if (!health) return show_absence(health.error());
    const int status = options_.strict && is_warned(*health) ? kFailed : kDone;
    const int printed = tell(gist(*health), options_.json ? *answer + "\n" : readable(*health));
    return printed == kDone ? status : printed;
  }

  int show_absence(const Error& error) {
    const std::string text =
        options_.json ? json::serialize(json::object{{"status", to_string(error.code)}}) + "\n"
                      : "NO ANSWER: " + printable(describe(error)) + "\n";
    const int printed = tell(std::string(to_string(error.code)), text);
    return printed == kDone ? kNoBroker : printed;
  }

  int tell(std::string gist, const std::string& text) {
    if (gist == told_) return kDone;
    told_ = std::move(gist);
    return print(output_is_terminal() && !options_.json ? std::string(kClearScreen) + text : text);
  }

  const Options& options_;
  std::string told_;
  std::counting_semaphore<> stopped_{0};
};

int run(const Options& options) {
  return options.watch.count() == 0 ? look_once(options) : Watch(options).run();
}

/// The number may be left out.
void add_watch(CLI::App& flags, std::chrono::milliseconds& every) {
  flags
      .add_option_function<std::string>(
          "--watch",
          [&every](const std::string& text) {
            double seconds = kUsualWatch_s;
            const NumberFlag<double> flag{
                .name = "--watch", .description = {}, .value = seconds, .min = 0.1, .max = 3600};
            if (!text.empty()) seconds = read_number<double>(text, flag);
            every = std::chrono::milliseconds(std::llround(seconds * 1000));
          },
          "look again every so many seconds, and print what has changed")
      ->type_name("[S]")
      ->expected(0, 1)
      ->default_str("");
}

}  // namespace

void add_health(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"health", "Say whether all is well, and what to do when it is not.",
       "The first line begins with OK or WARNING; then what is to be done, and how each part is. "
       "Both end with exit status 0, because the broker is alive; with --strict a warning ends "
       "with 1. No broker ends with 3. With --watch it goes on until Ctrl+C, prints anew when "
       "something has changed, and ends with the status of the last look.\n"
       "\n"
       "Examples:\n"
       "  steelyard health\n"
       "  steelyard health --strict || notify-send 'look at the queues'\n"
       "  steelyard health --watch"},
      chosen, {run});
  add_broker_and_timeout(flags, options.broker);
  flags.add_flag("--json", options.json, "print the broker's own JSON instead of sentences");
  flags.add_flag("--strict", options.strict, "exit status 1 when there are warnings");
  add_watch(flags, options.watch);
}

}  // namespace steelyard::cli
