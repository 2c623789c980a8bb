#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/inproc/job_node.hpp"

namespace steelyard::inproc {

/// The jobs that the scheduler knows of, by consecutive numbers, which are its payload references:
/// so a run of jobs that are alike is one event.
///
/// Numbers are kept in pages, so that one job that takes long pins one page and not all after it.
/// Cost: O(1); an allocation per kPageJobs jobs at most. Thread safety: none.
class JobPages {
 public:
  /// The number that the next job gets; the first is 1.
  [[nodiscard]] std::uint64_t next() const { return next_; }

  void append(JobNode& job) {
    const std::uint64_t page = next_ / kPageJobs - first_page_;
    if (page == pages_.size()) {
      pages_.push_back(spare_ ? std::move(spare_) : std::make_unique<Page>());
    }
    pages_[page]->jobs[next_ % kPageJobs] = &job;
    ++pages_[page]->live;
    ++next_;
  }

  [[nodiscard]] JobNode& at(std::uint64_t number) {
    JobNode* const job = page(number).jobs[number % kPageJobs];
    STEELYARD_ASSERT(job != nullptr);
    return *job;
  }

  /// Returns the job, which is no longer known by this number.
  JobNode& take(std::uint64_t number) {
    JobNode& job = at(number);
    Page& from = page(number);
    from.jobs[number % kPageJobs] = nullptr;
    // The page that is being filled stays.
    if (--from.live == 0 && number / kPageJobs != next_ / kPageJobs) drop(number / kPageJobs);
    return job;
  }

 private:
  static constexpr std::uint64_t kPageJobs = 512;
  struct Page {
    std::array<JobNode*, kPageJobs> jobs{};
    std::uint32_t live = 0;
  };

  [[nodiscard]] Page& page(std::uint64_t number) {
    const auto& page = pages_[number / kPageJobs - first_page_];
    STEELYARD_ASSERT(page != nullptr);
    return *page;
  }
  void drop(std::uint64_t number) {
    spare_ = std::move(pages_[number - first_page_]);
    while (!pages_.empty() && !pages_.front()) {
      pages_.pop_front();
      ++first_page_;
    }
  }

  std::deque<std::unique_ptr<Page>> pages_;  // empty: all its jobs are taken
  std::unique_ptr<Page> spare_;              // kept, so that a page per cycle does not allocate
  std::uint64_t first_page_ = 0;
  std::uint64_t next_ = 1;
};

}  // namespace steelyard::inproc
