#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "steelyard/store/log.hpp"

namespace steelyard::store {

/// A log that is as durable as the program: for brokers that need no file, and as the plainest
/// reading of what a log is.
/// Thread safety: none. Cost: O(log n) per record.
class MemoryLog final : public Log {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Log>> open(const std::string& file,
                                                         const LogOptions& options);

  [[nodiscard]] Result<void> append(std::span<const Record> records) override;
  [[nodiscard]] Result<void> recover(const std::function<void(const Record&)>& visit) override;
  [[nodiscard]] Result<void> compact() override { return {}; }
  [[nodiscard]] Figures figures() const override;

 private:
  struct Job {
    Record base;
    std::optional<Record> change;
  };

  void take(const Record& record);
  [[nodiscard]] static std::uint64_t bytes_of(const Job& job);

  std::map<std::uint64_t, Job> jobs_;  // by their place in the order
  std::unordered_map<JobKey, std::uint64_t, JobKeyHash> places_;
  std::uint64_t next_place_ = 0;
  std::uint64_t living_bytes_ = 0;
};

}  // namespace steelyard::store
