#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/choices.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/seconds.hpp"
#include "commands.hpp"
#include "steelyard/runtime/zmq/completions.hpp"
#include "top/live.hpp"
#include "top/model.hpp"

namespace steelyard::cli {
namespace {

const std::vector<std::string> kViews{"queues", "workers", "users", "jobs"};

struct Options {
  BrokerAt broker;
  std::string view = kViews.front();
  std::string sort;
  std::string filter;
  std::chrono::milliseconds interval{1'000};
  bool once = false;
};

/// Nothing when a list of this view has no column of this name.
std::optional<TopModel> make_model(const Options& options) {
  TopModel model;
  const auto view = std::ranges::find(kViews, options.view) - kViews.begin();
  model.show(static_cast<TopView>(view));
  model.filter(options.filter);
  if (!options.sort.empty() && !model.sort_by(options.sort)) return std::nullopt;
  return model;
}

/// Asks, and gives the answer to the model. Errors: those of Client::query.
Result<void> look(Client& client, TopModel& model, std::chrono::milliseconds patience) {
  const auto answer = client.query("snapshot", patience);
  auto snapshot = answer ? parse_report(*answer) : tl::unexpected(answer.error());
  if (!snapshot) return tl::unexpected(snapshot.error());
  model.take(std::move(*snapshot));
  if (model.view() != TopView::Jobs) return {};
  const auto told = client.query("jobs", patience);
  auto jobs = told ? parse_report(*told) : tl::unexpected(told.error());
  if (!jobs) return tl::unexpected(jobs.error());
  model.take_jobs(std::move(*jobs));
  return {};
}

std::string text_of(const TopModel& model, std::string endpoint) {
  const std::size_t width = output_is_terminal() ? output_columns() : full_width(model);
  std::string text;
  for (const FrameLine& line : make_frame(model, {.columns = std::max(width, kLeastFrameColumns),
                                                 .lines = 0,
                                                 .endpoint = std::move(endpoint),
                                                 .has_selection = false})) {
    text += line.text.substr(0, line.text.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// Looks twice, so that rates are known.
int print_once(const Options& options, TopModel& model, const std::string& endpoint) {
  const auto client = connect(options.broker);
  if (!client) return give_up("top", client.error());
  const std::chrono::milliseconds patience(options.broker.connect_timeout_ms);
  CompletionQueue pause;  // nothing comes
  for (int looks = 0; looks < 2; ++looks) {
    if (looks > 0) static_cast<void>(pause.take(options.interval));
    if (const auto looked = look(**client, model, patience); !looked) {
      return give_up("top", looked.error());
    }
  }
  return print(text_of(model, endpoint));
}

int run(const Options& options) {
  auto model = make_model(options);
  if (!model) {
    std::string headings;
    TopModel any;
    any.show(static_cast<TopView>(std::ranges::find(kViews, options.view) - kViews.begin()));
    for (const TopColumn& column : any.list().columns) {
      headings += (headings.empty() ? "" : ", ") + column.heading;
    }
    complain("top", fmt::format("--sort: {} have no column '{}' (one of {})", options.view,
                                options.sort.substr(0, 100), headings));
    return kWrongUsage;
  }
  const auto endpoint = endpoint_of(options.broker);
  if (!endpoint) return give_up("top", endpoint.error());
  const bool at_terminal = output_is_terminal() && ::isatty(STDIN_FILENO) == 1;
  if (options.once || !at_terminal) return print_once(options, *model, *endpoint);
  LiveTop live(*model, *endpoint, options.interval);
  const auto status = live.run();
  return status ? *status : give_up("top", status.error());
}

}  // namespace

void add_top(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"top", "Watch queues, workers, users and jobs in the terminal.",
       "Four lists that are looked at anew every second: 1 queues, 2 workers, 3 users, 4 jobs. ? "
       "lists the keys: sort, filter, drain a worker, cancel jobs; what changes something asks "
       "first. When the broker does not answer it says so, and goes on by itself.\n"
       "\n"
       "WAIT and RUN are means since the broker began, LONGEST is the wait of a job that waits "
       "now. What is per second, and WORK and LOAD (the shares of a worker's time spent working "
       "and loading states) and SHARE (of a user, of the worker time used), is measured since the "
       "last look; DUE is the share that a user's weight grants.\n"
       "\n"
       "With --once, and when there is no terminal, it looks twice, --interval apart, and prints "
       "all rows as plain text.\n"
       "\n"
       "Examples:\n"
       "  steelyard top\n"
       "  steelyard top workers --sort heard --interval 5\n"
       "  steelyard top queues --once --filter ocr"},
      chosen, {run});
  flags.add_option("WHAT", options.view, "what to show first: queues, workers, users or jobs")
      ->check(one_of(kViews))
      ->default_str(options.view);
  add_seconds(flags, {.name = "--interval",
                      .description = "how long from one look to the next",
                      .value = options.interval,
                      .min = 0.1,
                      .max = 3'600});
  flags.add_option("--sort", options.sort, "the heading of the column to sort by")
      ->type_name("COLUMN");
  flags.add_option("--filter", options.filter, "only rows with this text in one of their cells")
      ->type_name("TEXT");
  flags.add_flag("--once", options.once, "print one frame as plain text and end");
  add_broker_and_timeout(flags, options.broker);
}

}  // namespace steelyard::cli
