#include "measure/journal_bench.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "measure/summary.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/journal/records.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"
#include "steelyard/store/log.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using store::JobKey;
using store::Record;
using store::RecordKind;

/// So many jobs live while records come and go.
constexpr std::uint64_t kLivingJobs = 10'000;
constexpr std::uint32_t kWrittenAtOnce = 1'024;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Files of its own, which go with it.
class Folder {
 public:
  explicit Folder(const std::string& above)
      : path_(std::filesystem::path(above) / fmt::format("steelyard-bench-{}", ::getpid())) {
    std::filesystem::create_directory(path_, error_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] Result<void> made() const {
    if (!error_) return {};
    return failure(ErrorCode::SystemError, path_.string() + ": " + error_.message());
  }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
  std::error_code error_;
};

/// What the disk itself can do: 4 kB appended and synchronised, times per second.
Result<double> synchronisations_per_s(const std::string& file, double seconds) {
  const FileDescriptor to(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!to.valid()) return system_failure(file, errno);
  const std::string page(4'096, 'x');
  std::uint64_t count = 0;
  const auto began = Clock::now();
  for (; seconds_since(began) < seconds; ++count) {
    const auto written = ::write(to.get(), page.data(), page.size());
    if (written != static_cast<ssize_t>(page.size()) || ::fdatasync(to.get()) != 0) {
      return system_failure(file, errno);
    }
  }
  return static_cast<double>(count) / seconds_since(began);
}

Record submitted(const JournalBench& bench, std::uint64_t sequence) {
  journal::JournalledJob job;
  job.queue = "bench";
  job.submitted_at_unix_ms = 1'700'000'000'000;
  job.payload.assign(bench.payload_bytes, 'x');
  return {JobKey{1, sequence}, RecordKind::Submitted, journal::encode(job)};
}

/// Jobs come, and the oldest go: every other record ends a job once there are many.
Result<double> records_per_s(const JournalBench& bench, store::Log& log, std::uint32_t batch,
                             std::uint64_t& next, std::uint64_t& oldest) {
  std::vector<Record> records;
  std::uint64_t count = 0;
  const auto began = Clock::now();
  for (; seconds_since(began) < bench.seconds_per_round; count += batch) {
    records.clear();
    while (records.size() < batch) {
      if (next - oldest > kLivingJobs) {
        records.push_back({JobKey{1, oldest++}, RecordKind::Forgotten, ""});
      } else {
        records.push_back(submitted(bench, next++));
      }
    }
    if (auto done = log.append(records); !done) return tl::unexpected(done.error());
  }
  return static_cast<double>(count) / seconds_since(began);
}

struct Recovery {
  std::uint64_t jobs = 0;
  double seconds = 0;
  std::uint64_t file_bytes = 0;
};

Result<void> write_jobs(const JournalBench& bench, const std::string& file) {
  const auto log = store::open_log(file);
  if (!log) return tl::unexpected(log.error());
  for (std::uint64_t done = 0; done < bench.recovered_jobs;) {
    std::vector<Record> records;
    while (records.size() < kWrittenAtOnce && done < bench.recovered_jobs) {
      records.push_back(submitted(bench, ++done));
    }
    if (auto written = (*log)->append(records); !written) return written;
  }
  return {};
}

Result<Recovery> recover(const JournalBench& bench, const std::string& file) {
  if (auto written = write_jobs(bench, file); !written) return tl::unexpected(written.error());
  Recovery recovery;
  const auto began = Clock::now();
  const auto log = store::open_log(file, {.create = false});
  if (!log) return tl::unexpected(log.error());
  const auto read = (*log)->recover([&](const Record& record) {
    recovery.jobs += journal::decode_job(record.bytes).has_value() ? 1U : 0U;
  });
  if (!read) return tl::unexpected(read.error());
  recovery.seconds = seconds_since(began);
  recovery.file_bytes = (*log)->figures().file_bytes;
  return recovery;
}

struct Rates {
  std::vector<double> synchronisations;
  std::vector<std::vector<double>> records;  // per size of batches
  Recovery recovery;
};

Result<Rates> measure(const JournalBench& bench) {
  const Folder folder(bench.folder);
  if (auto made = folder.made(); !made) return tl::unexpected(made.error());
  auto log = store::open_log(folder.file("journal"));
  if (!log) return tl::unexpected(log.error());
  Rates rates;
  rates.records.resize(bench.batches.size());
  std::uint64_t next = 1;
  std::uint64_t oldest = 1;
  for (std::uint32_t round = 0; round < bench.rounds; ++round) {
    const auto disk = synchronisations_per_s(folder.file("plain"), bench.seconds_per_round);
    if (!disk) return tl::unexpected(disk.error());
    rates.synchronisations.push_back(*disk);
    for (std::size_t i = 0; i < bench.batches.size(); ++i) {
      const auto rate = records_per_s(bench, **log, bench.batches[i], next, oldest);
      if (!rate) return tl::unexpected(rate.error());
      rates.records[i].push_back(*rate);
    }
  }
  log->reset();
  const auto recovery = recover(bench, folder.file("large"));
  if (!recovery) return tl::unexpected(recovery.error());
  rates.recovery = *recovery;
  return rates;
}

std::string as_json(const JournalBench& bench, const Rates& rates) {
  json::array results;
  for (std::size_t i = 0; i < bench.batches.size(); ++i) {
    results.push_back(
        {{"batch", bench.batches[i]}, {"records_per_s", to_json(spread_of(rates.records[i]))}});
  }
  const json::object report{
      {"bench", "journal"},
      {"rounds", bench.rounds},
      {"payload_bytes", bench.payload_bytes},
      {"disk_synchronisations_per_s", to_json(spread_of(rates.synchronisations))},
      {"results", std::move(results)},
      {"recovery",
       {{"jobs", rates.recovery.jobs},
        {"seconds", rates.recovery.seconds},
        {"file_bytes", rates.recovery.file_bytes}}}};
  return monitor::json_text(report) + "\n";
}

std::string as_table(const JournalBench& bench, const Rates& rates) {
  Table table({{.heading = "BATCH", .to_the_right = true},
               {.heading = "RECORDS/s", .to_the_right = true},
               {.heading = "SYNCHRONISED/s", .to_the_right = true}});
  for (std::size_t i = 0; i < bench.batches.size(); ++i) {
    const Spread spread = spread_of(rates.records[i]);
    const auto commits = static_cast<std::uint64_t>(spread.median / bench.batches[i]);
    table.add({with_commas(bench.batches[i]), readable(spread), with_commas(commits)});
  }
  return fmt::format(
      "The disk itself appends and synchronises 4 kB {} times per second.\n{}"
      "{} recovered in {} from {}.\n",
      readable(spread_of(rates.synchronisations)), table.text(0),
      counted(rates.recovery.jobs, "job", "jobs"), readable_time(rates.recovery.seconds),
      readable_bytes(rates.recovery.file_bytes));
}

}  // namespace

int run_journal_bench(const JournalBench& bench) {
  const auto rates = measure(bench);
  if (!rates) return give_up("bench journal", rates.error());
  return print(bench.json ? as_json(bench, *rates) : as_table(bench, *rates));
}

}  // namespace steelyard::cli
