#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "steelyard/base/random.hpp"
#include "steelyard/store/record.hpp"

namespace steelyard::store {

using Records = std::vector<Record>;

/// A store in its plainest form: the records as they came, read from the beginning.
class NaiveLog {
 public:
  void append(const Records& records) { all_.insert(all_.end(), records.begin(), records.end()); }

  [[nodiscard]] Records living() const {
    struct Job {
      Record base;
      std::optional<Record> change;
    };
    std::vector<Job> jobs;
    for (const Record& record : all_) {
      const auto job =
          std::ranges::find_if(jobs, [&](const Job& it) { return it.base.job == record.job; });
      const bool begins =
          record.kind != RecordKind::Changed && record.kind != RecordKind::Forgotten;
      if (job == jobs.end()) {
        if (begins) jobs.push_back({record, {}});
      } else if (record.kind == RecordKind::Forgotten) {
        jobs.erase(job);
      } else if (begins) {
        *job = {record, {}};
      } else {
        job->change = record;
      }
    }
    Records records;
    for (const Job& job : jobs) {
      records.push_back(job.base);
      if (job.change) records.push_back(*job.change);
    }
    return records;
  }

 private:
  Records all_;
};

/// Random batches about few jobs, so that each is met again and again.
class RandomBatches {
 public:
  RandomBatches(std::uint64_t seed, std::uint64_t jobs) : random_(seed), jobs_(jobs) {}

  Records next() {
    Records batch;
    const std::uint64_t size = random_.below(4) == 0 ? random_.below(60) : random_.below(6);
    for (std::uint64_t i = 0; i < size; ++i) batch.push_back(record());
    return batch;
  }
  std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }

 private:
  Record record() {
    const JobKey job{random_.below(2), random_.below(jobs_)};
    const auto kind = static_cast<RecordKind>(1 + random_.below(4));
    if (kind == RecordKind::Forgotten) return {job, kind, ""};
    const std::uint64_t size = random_.below(50) == 0 ? random_.below(9000) : random_.below(100);
    return {job, kind, std::string(size, static_cast<char>('a' + random_.below(26)))};
  }

  base::Random random_;
  std::uint64_t jobs_;
};

}  // namespace steelyard::store
