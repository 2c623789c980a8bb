#include "steelyard/store/writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

namespace steelyard::store {
namespace {

/// What a record costs while it waits.
template <class Waiting>
std::uint64_t cost_of(const Waiting& waiting) {
  return sizeof(Waiting) + waiting.record.bytes.size();
}

/// Marks all but the last record of each job that begins and ends among `records`.
template <class Queue>
std::vector<bool> short_lived(const Queue& records) {
  boost::unordered_flat_map<JobKey, bool, JobKeyHash> begun;
  std::vector<bool> ends_what_began(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i].record;
    if (record.kind == RecordKind::Submitted) begun[record.job] = true;
    if (record.kind == RecordKind::Forgotten) ends_what_began[i] = begun.erase(record.job) > 0;
  }
  boost::unordered_flat_map<JobKey, bool, JobKeyHash> ending;
  std::vector<bool> marked(records.size());
  for (std::size_t i = records.size(); i-- > 0;) {
    const Record& record = records[i].record;
    if (record.kind == RecordKind::Forgotten) {
      if (ends_what_began[i]) ending[record.job] = true;
    } else if (const auto found = ending.find(record.job); found != ending.end()) {
      marked[i] = true;
      if (record.kind == RecordKind::Submitted) ending.erase(found);
    }
  }
  return marked;
}

}  // namespace

Writer::Writer(std::unique_ptr<Log> log, const WriterOptions& options, Notify notify)
    : options_(options),
      notify_(std::move(notify)),
      log_(std::move(log)),
      figures_(log_->figures()),
      thread_([this] { run(); }) {}

Writer::~Writer() {
  static_cast<void>(close());
}

std::uint64_t Writer::append(Record record) {
  appended_.push_back({std::move(record), next_position_});
  return next_position_++;
}

void Writer::flush() {
  if (appended_.empty()) return;
  std::uint64_t bytes = 0;
  for (const Waiting& waiting : appended_) bytes += cost_of(waiting);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    unwritten_bytes_ += bytes;
    if (handed_over_.empty()) {
      handed_over_.swap(appended_);
    } else {
      std::ranges::move(appended_, std::back_inserter(handed_over_));
    }
    wake = is_idle_;
  }
  appended_.clear();
  if (wake) work_.notify_one();
}

Written Writer::close() {
  flush();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
  log_.reset();
  return written();
}

Written Writer::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

bool Writer::is_behind() const {
  return unwritten_bytes() > options_.max_unwritten_bytes;
}

std::uint64_t Writer::unwritten_bytes() const {
  const std::lock_guard lock(mutex_);
  return unwritten_bytes_;
}

std::uint64_t Writer::dropped_records() const {
  const std::lock_guard lock(mutex_);
  return dropped_records_;
}

Figures Writer::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void Writer::run() {
  bool is_failing = false;
  while (wait_for_work(is_failing)) {
    drop_short_lives();
    bool closes = false;
    {
      const std::lock_guard lock(mutex_);
      closes = closing_;
    }
    is_failing = !write_group();
    if (is_failing && closes) return;
  }
}

bool Writer::wait_for_work(bool is_failing) {
  std::unique_lock lock(mutex_);
  is_idle_ = true;
  if (is_failing) {
    // What comes meanwhile does not hasten it: the disk is asked at a steady pace.
    work_.wait_for(lock, std::chrono::milliseconds(options_.retry_ms), [this] { return closing_; });
  } else if (waiting_.empty()) {
    work_.wait(lock, [this] { return closing_ || !handed_over_.empty(); });
  }
  is_idle_ = false;
  std::ranges::move(handed_over_, std::back_inserter(waiting_));
  handed_over_.clear();
  return !waiting_.empty();
}

/// The last record of such a job stays: of an unknown job it says nothing, and should there be an
/// older life of the job in the log, it ends that.
void Writer::drop_short_lives() {
  const auto ends = [](const Waiting& it) { return it.record.kind == RecordKind::Forgotten; };
  if (std::ranges::none_of(waiting_, ends)) return;
  const std::vector<bool> marked = short_lived(waiting_);
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  Queue kept;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (marked[i]) {
      bytes += cost_of(waiting_[i]);
      ++dropped;
    } else {
      kept.push_back(std::move(waiting_[i]));
    }
  }
  waiting_.swap(kept);
  const std::lock_guard lock(mutex_);
  unwritten_bytes_ -= bytes;
  dropped_records_ += dropped;
}

Result<void> Writer::write_group() {
  const std::size_t count = std::min<std::size_t>(waiting_.size(), options_.max_group_records);
  const std::uint64_t position = waiting_[count - 1].position;
  std::uint64_t bytes = 0;
  std::vector<Record> records;
  records.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes += cost_of(waiting_[i]);
    records.push_back(std::move(waiting_[i].record));
  }
  auto done = log_->append(records);
  if (done) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  } else {
    for (std::size_t i = 0; i < count; ++i) waiting_[i].record = std::move(records[i]);
  }
  tell(done, position, bytes);
  return done;
}

void Writer::tell(const Result<void>& done, std::uint64_t position, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    const Written before = written_;
    written_.failing = done ? std::nullopt : std::optional(done.error());
    if (done) {
      written_.position = position;
      unwritten_bytes_ -= bytes;
      figures_ = log_->figures();
    }
    if (written_ == before) return;
  }
  if (notify_) notify_();
}

}  // namespace steelyard::store
