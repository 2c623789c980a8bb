#include "steelyard/store/job_table.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::store {
namespace {

bool begins(RecordKind kind) {
  return kind == RecordKind::Submitted || kind == RecordKind::Answered;
}

std::uint32_t size_of(const Record& record) {
  return static_cast<std::uint32_t>(record.bytes.size());
}

/// Gives the records of a batch their places and forgets those that it ends itself.
class BatchWriter {
 public:
  BatchWriter(JobChanges& changes, std::uint64_t first_row, std::uint32_t max_row_bytes)
      : changes_(changes), first_row_(first_row), max_row_bytes_(max_row_bytes), row_(first_row) {}

  /// `origin`: nowhere for a job that begins with this record.
  Place add(const Record& record, Place origin) {
    const std::size_t bytes = kRecordHeadBytes + record.bytes.size();
    const bool full = row_bytes_ + bytes > max_row_bytes_ || number_ == Place::kMaxNumber;
    if (full && number_ > 0) {
      ++row_;
      row_bytes_ = 0;
      number_ = 0;
      row_begins_.push_back(changes_.records.size());
    }
    row_bytes_ += bytes;
    const Place place(row_, number_++);
    const bool is_change = record.kind == RecordKind::Changed;
    const Place began = is_change || origin.exists() ? origin : place;
    changes_.records.push_back(
        {place, is_change ? Place() : began, record.job, record.kind, record.bytes});
    return place;
  }

  void end(Place place, std::uint32_t bytes) {
    if (!place.exists()) return;
    if (place.row() < first_row_) {
      changes_.ended.push_back({place, bytes});
      return;
    }
    const std::size_t index = row_begins_[place.row() - first_row_] + place.number();
    changes_.records[index].place = Place();
  }

  /// Only now, because until then a record is found by its place.
  void drop_ended() {
    std::erase_if(changes_.records, [](const RowRecord& it) { return !it.place.exists(); });
  }

 private:
  JobChanges& changes_;
  const std::uint64_t first_row_;
  const std::uint32_t max_row_bytes_;
  std::uint64_t row_;
  std::uint32_t number_ = 0;
  std::size_t row_bytes_ = kRowHeadBytes;
  std::vector<std::size_t> row_begins_{0};  // where the rows of the batch begin in its records
};

}  // namespace

JobChanges JobTable::apply(std::span<const Record> batch, std::uint64_t first_row,
                           std::uint32_t max_row_bytes) {
  JobChanges changes;
  changes.records.reserve(batch.size());
  changes.before.reserve(batch.size());
  BatchWriter writer(changes, first_row, max_row_bytes);
  for (const Record& record : batch) {
    auto found = jobs_.find(record.job);
    const bool lives = found != jobs_.end();
    if (!lives && !begins(record.kind)) continue;
    changes.before.emplace_back(record.job, lives ? std::optional(found->second) : std::nullopt);
    if (!lives) found = jobs_.emplace(record.job, LivingJob{}).first;
    LivingJob& job = found->second;
    writer.end(job.change, job.change_bytes);
    job.change = Place();
    job.change_bytes = 0;
    if (record.kind == RecordKind::Changed) {
      job.change = writer.add(record, {});
      job.change_bytes = size_of(record);
      continue;
    }
    writer.end(job.base, job.base_bytes);
    if (record.kind == RecordKind::Forgotten) {
      jobs_.erase(found);
      continue;
    }
    job.base = writer.add(record, job.origin);
    job.base_bytes = size_of(record);
    if (!job.origin.exists()) job.origin = job.base;
  }
  writer.drop_ended();
  return changes;
}

void JobTable::undo(const JobChanges& changes) {
  for (auto change = changes.before.rbegin(); change != changes.before.rend(); ++change) {
    const auto& [key, job] = *change;
    if (job) {
      jobs_.insert_or_assign(key, *job);
    } else {
      jobs_.erase(key);
    }
  }
}

bool JobTable::restore(const RowRecord& record) {
  LivingJob& job = jobs_[record.job];
  const auto bytes = static_cast<std::uint32_t>(record.bytes.size());
  if (record.kind == RecordKind::Changed) {
    if (job.change.exists()) return false;
    job.change = record.place;
    job.change_bytes = bytes;
    return true;
  }
  if (job.base.exists()) return false;
  job.base = record.place;
  job.base_bytes = bytes;
  job.origin = record.origin;
  return true;
}

bool JobTable::is_whole() const {
  return std::ranges::all_of(jobs_, [](const auto& job) { return job.second.base.exists(); });
}

bool JobTable::lives(const RowRecord& record) const {
  const auto found = jobs_.find(record.job);
  if (found == jobs_.end()) return false;
  return found->second.base == record.place || found->second.change == record.place;
}

}  // namespace steelyard::store
