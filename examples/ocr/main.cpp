#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/command_line.hpp"
#include "common/exit_status.hpp"
#include "common/stop_signals.hpp"
#include "ocr/language.hpp"
#include "ocr/one_thread.hpp"
#include "ocr/run.hpp"
#include "ocr/worker.hpp"

namespace {

constexpr const char* kExamples = R"(Examples:
  pages in four languages in turn, in order of arrival and keeping languages
      steelyard-example-ocr run
  longer pages in other languages, more workers, one strategy
      steelyard-example-ocr run --language ita pol --words 60 --workers 4 --strategy oldest
  the parts one by one; the worker last, so that all pages are queued before the first is assigned
      steelyard broker --strategy groups-by-state
      steelyard-example-ocr client
      steelyard-example-ocr worker)";

struct Arguments {
  ocr::RunOptions run;
  ocr::ClientOptions client{steelyard::kDefaultEndpoint, {}};
  ocr::WorkerOptions worker{};
  ocr::PageOptions pages;
  std::filesystem::path folder;
};

std::vector<std::string> known_codes() {
  std::vector<std::string> codes;
  for (const ocr::Language& language : ocr::known_languages()) codes.emplace_back(language.code);
  return codes;
}

void add_page_flags(CLI::App& app, ocr::PageOptions& options) {
  app.add_option("--language", options.languages, "what the pages are written in, in turn")
      ->check(CLI::IsMember(known_codes()))
      ->capture_default_str();
  app.add_option("--pages", options.pages, "how many in each language")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--words", options.words, "on each page")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  app.add_option("--texts", options.texts, "folder of Vim's tutorial, whose text is printed")
      ->capture_default_str();
  app.add_option("--font", options.font, "file of the font")->capture_default_str();
}

template <class Options>
void add_job_flags(CLI::App& app, Options& options) {
  add_page_flags(app, options.pages);
  app.add_option("--max-error-rate", options.max_error_rate,
                 "share of the characters that may be read wrongly")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print one JSON object instead of the table");
}

void add_run(CLI::App& app, ocr::RunOptions& options) {
  auto& run = *app.add_subcommand("run", "broker, workers and client in one command");
  add_job_flags(run, options);
  run.add_option("--workers", options.workers, "worker processes")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  run.add_option("--strategy", options.strategies, "the broker's; give several to compare them")
      ->capture_default_str();
}

void add_parts(CLI::App& app, Arguments& arguments) {
  auto& client = *app.add_subcommand("client", "hand in the pages, wait for a worker");
  add_job_flags(client, arguments.client);
  example::add_broker_flag(client, arguments.client.broker);

  auto& worker = *app.add_subcommand("worker", "read pages until Ctrl+C");
  example::add_broker_flag(worker, arguments.worker.broker);

  auto& print = *app.add_subcommand("print", "only write the pages, to look at them");
  add_page_flags(print, arguments.pages);
  print.add_option("--folder", arguments.folder, "where they go")->required();
}

int run_worker(const ocr::WorkerOptions& options, char** argv) {
  if (const auto limited = ocr::limit_to_one_thread(argv); !limited) {
    fmt::print(stderr, "ocr worker: {}\n", describe(limited.error()));
    return example::kFailed;
  }
  return ocr::run_worker(options, example::StopSignals());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Pages of text, read by workers that have one language in memory",
               "steelyard-example-ocr");
  app.footer(kExamples);
  app.require_subcommand(1);
  Arguments arguments;
  add_run(app, arguments.run);
  add_parts(app, arguments);
  if (const auto status = example::parse(app, argc, argv)) return *status;

  if (app.got_subcommand("worker")) return run_worker(arguments.worker, argv);
  if (app.got_subcommand("print")) return ocr::run_print(arguments.pages, arguments.folder);
  const example::StopSignals signals;
  if (app.got_subcommand("run")) return ocr::run_everything(arguments.run, signals);
  return ocr::run_client(arguments.client, signals);
}
