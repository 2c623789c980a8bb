#include "steelyard/store/memory_log.hpp"

#include <algorithm>

namespace steelyard::store {

Result<std::unique_ptr<Log>> MemoryLog::open(const std::string&, const LogOptions&) {
  return std::make_unique<MemoryLog>();
}

Result<void> MemoryLog::append(std::span<const Record> records) {
  const auto is_long = [](const Record& record) { return record.bytes.size() > kMaxRecordBytes; };
  if (std::ranges::any_of(records, is_long)) {
    return failure(ErrorCode::PayloadTooLarge, "a record is over the limit of 512 MiB");
  }
  for (const Record& record : records) take(record);
  return {};
}

void MemoryLog::take(const Record& record) {
  const auto found = places_.find(record.job);
  const bool lives = found != places_.end();
  const bool begins = record.kind == RecordKind::Submitted || record.kind == RecordKind::Answered;
  if (!lives && !begins) return;
  const std::uint64_t place = lives ? found->second : next_place_++;
  if (!lives) places_.emplace(record.job, place);
  Job& job = jobs_[place];
  living_bytes_ -= bytes_of(job);
  if (begins) job = {record, std::nullopt};
  if (record.kind == RecordKind::Changed) job.change = record;
  if (record.kind != RecordKind::Forgotten) {
    living_bytes_ += bytes_of(job);
    return;
  }
  jobs_.erase(place);
  places_.erase(found);
}

std::uint64_t MemoryLog::bytes_of(const Job& job) {
  return job.base.bytes.size() + (job.change ? job.change->bytes.size() : 0);
}

Result<void> MemoryLog::recover(const std::function<void(const Record&)>& visit) {
  for (const auto& [place, job] : jobs_) {
    visit(job.base);
    if (job.change) visit(*job.change);
  }
  return {};
}

Figures MemoryLog::figures() const {
  Figures figures;
  figures.living_jobs = jobs_.size();
  figures.living_bytes = living_bytes_;
  return figures;
}

}  // namespace steelyard::store
