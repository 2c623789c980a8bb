#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/store/sqlite_log.hpp"

namespace steelyard::store {
namespace {

/// What is kept in memory of the records that are visited next.
constexpr std::uint64_t kWindowBytes = 128 << 20;

using Job = JobTable::Jobs::value_type;

std::uint64_t memory_of(const Job& job) {
  return 2 * sizeof(Record) + job.second.base_bytes + job.second.change_bytes;
}

/// A record that is wanted, and where to put it.
struct Wanted {
  Place place;
  JobKey job;
  Record* to = nullptr;
};

std::vector<Wanted> wanted_of(std::span<const Job* const> jobs, std::vector<Record>& records) {
  std::vector<Wanted> wanted;
  for (const Job* job : jobs) {
    for (const Place place : {job->second.base, job->second.change}) {
      if (place.exists()) wanted.push_back({place, job->first, nullptr});
    }
  }
  records.assign(wanted.size(), {});
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].to = &records[i];
  std::ranges::sort(wanted, {}, &Wanted::place);
  return wanted;
}

}  // namespace

Result<void> SqliteLog::recover(const std::function<void(const Record&)>& visit) {
  std::vector<const Job*> jobs;
  jobs.reserve(jobs_.jobs().size());
  for (const Job& job : jobs_.jobs()) jobs.push_back(&job);
  std::ranges::sort(jobs, {}, [](const Job* job) { return job->second.origin; });
  std::vector<Record> records;
  for (std::size_t first = 0; first < jobs.size();) {
    std::size_t last = first;
    std::uint64_t bytes = 0;
    do bytes += memory_of(*jobs[last++]);
    while (last < jobs.size() && bytes + memory_of(*jobs[last]) <= kWindowBytes);
    if (auto fetched = fetch(Jobs(jobs).subspan(first, last - first), records); !fetched) {
      return fetched;
    }
    for (const Record& record : records) visit(record);
    first = last;
  }
  return {};
}

/// Reads each row once, whatever the order in which its records are wanted.
Result<void> SqliteLog::fetch(Jobs jobs, std::vector<Record>& records) {
  const std::vector<Wanted> wanted = wanted_of(jobs, records);
  for (auto next = wanted.begin(); next != wanted.end();) {
    const std::uint64_t id = next->place.row();
    const auto bytes = read(id);
    if (!bytes) return tl::unexpected(bytes.error());
    const auto row = decode_row(id, *bytes);
    if (!row) return damaged(row.error().context);
    for (const RowRecord& record : row->records) {
      if (next == wanted.end() || next->place != record.place) continue;
      *next->to = {record.job, record.kind, std::string(record.bytes)};
      ++next;
    }
    if (next != wanted.end() && next->place.row() == id) {
      return damaged(fmt::format("row {} lacks a record", id));
    }
  }
  return {};
}

Result<std::string> SqliteLog::read(std::uint64_t id) {
  Statement& select = statements_.select;
  select.bind(1, id);
  const auto found = select.step();
  if (!found) return tl::unexpected(found.error());
  if (!*found) return damaged(fmt::format("row {} is missing", id));
  std::string bytes(select.bytes(0));
  select.reset();  // or the file could not be written
  return bytes;
}

}  // namespace steelyard::store
