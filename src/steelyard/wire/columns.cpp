#include "steelyard/wire/columns.hpp"

#include <algorithm>

namespace steelyard::wire {

void LengthsWriter::add(std::size_t bytes) {
  const auto length = static_cast<std::uint32_t>(bytes);
  const std::uint32_t before = into_.count();
  into_.set_count(before + 1);
  if (before == 0) {
    into_.set_equal(length);
  } else if (into_.each_size() > 0) {
    into_.add_each(length);
  } else if (length != into_.equal()) {
    for (std::uint32_t i = 0; i < before; ++i) into_.add_each(into_.equal());
    into_.add_each(length);
  }
}

Result<Column> Column::take(const Lengths& lengths, std::string_view& block) {
  if (lengths.count() > kMaxRunJobs) {
    return failure(ErrorCode::Malformed, "a run has more than max_run_jobs = " +
                                             std::to_string(kMaxRunJobs) + " payloads");
  }
  Column column;
  column.count_ = lengths.count();
  column.equal_ = lengths.equal();
  std::uint64_t total = std::uint64_t{column.equal_} * column.count_;
  if (lengths.each_size() > 0) {
    if (static_cast<std::uint32_t>(lengths.each_size()) != column.count_) {
      return failure(ErrorCode::Malformed, "a column has another number of lengths than payloads");
    }
    total = 0;
    column.offsets_.reserve(column.count_ + std::size_t{1});
    column.offsets_.push_back(0);
    for (const std::uint32_t length : lengths.each()) {
      column.offsets_.push_back(total += length);
    }
  }
  if (total > block.size()) {
    return failure(ErrorCode::Malformed, "the payloads are shorter than their lengths say");
  }
  column.bytes_ = block.substr(0, total);
  block.remove_prefix(total);
  return column;
}

std::uint64_t Column::longest() const {
  if (offsets_.empty()) return count_ == 0 ? 0 : equal_;
  std::uint64_t longest = 0;
  for (std::uint32_t i = 0; i < count_; ++i) longest = std::max(longest, offset(i + 1) - offset(i));
  return longest;
}

}  // namespace steelyard::wire
