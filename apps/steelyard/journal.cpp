#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "commands.hpp"
#include "journal/job_json.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/journal/records.hpp"
#include "steelyard/store/log.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string file;
  bool json = false;
};

Result<std::unique_ptr<store::Log>> open(const Options& options) {
  return store::open_log(options.file, {.create = false});
}

json::object to_json(const store::Figures& figures) {
  return {{"jobs", figures.living_jobs},
          {"rows", figures.rows},
          {"living_bytes", figures.living_bytes},
          {"row_bytes", figures.row_bytes},
          {"file_bytes", figures.file_bytes}};
}

std::string size_of(const store::Figures& figures) {
  return fmt::format("{} in {} of {}", readable_bytes(figures.living_bytes),
                     counted(figures.rows, "row", "rows"), readable_bytes(figures.file_bytes));
}

// check

/// Whether the records can be understood, too. Errors: those of recover; JournalBroken.
Result<void> check_records(store::Log& log, const std::string& file) {
  Result<void> sound;
  const auto read = log.recover([&](const store::Record& record) {
    if (auto checked = check_record(record); !checked && sound) {
      sound =
          failure(ErrorCode::JournalBroken,
                  fmt::format("{}: the record of job {} cannot be understood; was it written by "
                              "another version?",
                              file, job_text(record.job)));
    }
  });
  return read ? sound : read;
}

int report_damage(const Options& options, const Error& error) {
  if (!options.json) return give_up("journal check", error);
  const json::object report{{"file", options.file},
                            {"sound", false},
                            {"code", to_string(error.code)},
                            {"reason", error.context}};
  const int printed = print(monitor::json_text(report) + "\n");
  return printed == kDone ? kFailed : printed;
}

int check(const Options& options) {
  const auto log = open(options);
  if (!log) return report_damage(options, log.error());
  if (const auto sound = check_records(**log, options.file); !sound) {
    return report_damage(options, sound.error());
  }
  const store::Figures figures = (*log)->figures();
  if (!options.json) {
    return print(fmt::format("{} is sound: {}, {}\n", options.file,
                             counted(figures.living_jobs, "job", "jobs"), size_of(figures)));
  }
  json::object report{{"file", options.file}, {"sound", true}};
  for (const auto& field : to_json(figures)) report.insert(field);
  return print(monitor::json_text(report) + "\n");
}

// compact

int compact(const Options& options) {
  const auto log = open(options);
  if (!log) return give_up("journal compact", log.error());
  const store::Figures before = (*log)->figures();
  if (const auto done = (*log)->compact(); !done) return give_up("journal compact", done.error());
  const store::Figures after = (*log)->figures();
  if (options.json) {
    const json::object report{
        {"file", options.file}, {"before", to_json(before)}, {"after", to_json(after)}};
    return print(monitor::json_text(report) + "\n");
  }
  return print(fmt::format("before: {}\nafter: {}\n", size_of(before), size_of(after)));
}

// export

/// A line for each job, once all records of it have come.
class Lines {
 public:
  void take(const store::Record& record) {
    if (record.kind != store::RecordKind::Changed) finish();
    if (status_ != kDone) return;
    if (auto added = add_to_json(record, job_); !added) {
      complain("journal export",
               fmt::format("the record of job {} cannot be understood", job_text(record.job)));
      status_ = kFailed;
    }
  }

  int finish() {
    if (status_ == kDone && !job_.empty()) status_ = print(monitor::json_text(job_) + "\n");
    job_.clear();
    return status_;
  }

 private:
  json::object job_;
  int status_ = kDone;
};

int write_lines(const Options& options) {
  const auto log = open(options);
  if (!log) return give_up("journal export", log.error());
  Lines lines;
  const auto read = (*log)->recover([&](const store::Record& record) { lines.take(record); });
  if (!read) return give_up("journal export", read.error());
  return lines.finish();
}

void add(CLI::App& journal, Run& chosen, const CommandHelp& help, int (*run)(const Options&)) {
  const auto [flags, options] = add_command<Options>(journal, help, chosen, {run});
  flags.add_option("FILE", options.file, "the journal")->required()->type_name("");
  if (help.name != "export") {
    flags.add_flag("--json", options.json, "print JSON instead of sentences");
  } else {
    flags.add_flag("--json", options.json, "as it does anyway");
  }
}

}  // namespace

void add_journal(CLI::App& program, Run& chosen) {
  CLI::App* journal =
      program.add_subcommand("journal", "Look after the file that a broker keeps its jobs in.");
  journal->footer(
      "A journal that a broker has open is refused: stop the broker first.\n"
      "\n"
      "Examples:\n"
      "  steelyard journal check jobs.journal\n"
      "  steelyard journal export jobs.journal | jq .queue");
  journal->require_subcommand(1, 1);
  add(*journal, chosen,
      {"check", "Say whether a journal is sound, and what to do when it is not.",
       "Reads all of it and compares it with its checksums. A file that is damaged, no journal, or "
       "of a newer version is not changed.\n"
       "\n"
       "Exit status: 0 sound, 1 not sound or in use.\n"
       "\n"
       "Examples:\n"
       "  steelyard journal check jobs.journal\n"
       "  steelyard journal check jobs.journal --json"},
      check);
  add(*journal, chosen,
      {"compact", "Give back the room that jobs which are over still take.",
       "A broker does so bit by bit while it works; this does all of it at once.\n"
       "\n"
       "Examples:\n"
       "  steelyard journal compact jobs.journal"},
      compact);
  add(*journal, chosen,
      {"export", "Print the jobs in a journal, a line of JSON for each.",
       "In the order in which they were handed in, stored answers included. Bytes that are not "
       "UTF-8 come in base 64, in a field whose name ends in _base64.\n"
       "\n"
       "Examples:\n"
       "  steelyard journal export jobs.journal > jobs.jsonl\n"
       "  steelyard journal export jobs.journal | jq -r .job"},
      write_lines);
}

}  // namespace steelyard::cli
