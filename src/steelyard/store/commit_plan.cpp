#include "steelyard/store/commit_plan.hpp"

#include <algorithm>
#include <span>

#include "steelyard/base/assert.hpp"

namespace steelyard::store {
namespace {

// Each batch tidies up twice as much as it ends, so that nothing is left behind for long.
constexpr std::size_t kTidiedRows = 64;
constexpr std::uint64_t kTidiedBytes = 256 << 10;

std::uint64_t size_of(const JobChanges& changes) {
  std::uint64_t bytes = 0;
  for (const RowRecord& record : changes.records) bytes += kRecordHeadBytes + record.bytes.size();
  for (const JobChanges::Ended& ended : changes.ended) bytes += kRecordHeadBytes + ended.bytes;
  return bytes;
}

}  // namespace

Result<CommitPlan> CommitPlanner::plan(const JobChanges& changes, std::uint64_t newest_row) {
  const auto& records = changes.records;
  plan_.newest_row = records.empty() ? newest_row + 1 : records.back().place.row();
  end(changes);
  if (records.empty() && ended_.empty()) return CommitPlan{};
  const std::size_t most_rows = kTidiedRows + 2 * (records.size() + ended_.size());
  if (auto tidied = tidy(most_rows, kTidiedBytes + 2 * size_of(changes)); !tidied) {
    return tl::unexpected(std::move(tidied.error()));
  }
  add(changes);
  sum_up();
  return std::move(plan_);
}

Result<CommitPlan> CommitPlanner::plan_thorough(const std::vector<std::uint64_t>& ids,
                                                std::uint64_t newest_row,
                                                std::uint64_t most_bytes) {
  plan_.newest_row = newest_row + 1;
  std::uint64_t bytes = 0;
  for (; plan_.looked_at < ids.size() && bytes < most_bytes; ++plan_.looked_at) {
    const std::uint64_t id = ids[plan_.looked_at];
    const RowState* state = rows_.find(id);
    if (state == nullptr) continue;
    if (!state->is_needed()) {
      remove(id);
    } else if (state->needed_bytes() < state->bytes) {
      bytes += state->bytes;
      if (auto done = rewrite(id); !done) return tl::unexpected(std::move(done.error()));
    }
  }
  sum_up();
  return std::move(plan_);
}

/// Finds what has ended, and the rows in which that was the last.
void CommitPlanner::end(const JobChanges& changes) {
  std::vector<JobChanges::Ended> sorted = changes.ended;
  std::ranges::sort(sorted, {}, &JobChanges::Ended::place);
  ended_.reserve(sorted.size());
  for (const auto& ended : sorted) ended_.push_back(ended.place);
  for (const auto& ending : endings_of(std::span<const JobChanges::Ended>(sorted))) {
    if (rows_.ends_with(ending)) {
      remove(ending.row);
    } else {
      plan_.endings.push_back(ending);
    }
  }
}

Result<void> CommitPlanner::tidy(std::size_t most_rows, std::uint64_t most_bytes) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t id : rows_.listed()) {
    if (plan_.looked_at == most_rows) break;
    const RowState* state = is_gone(id) ? nullptr : rows_.find(id);
    if (state != nullptr && !state->is_needed()) {
      remove(id);
    } else if (state != nullptr && state->needed_bytes() * 2 < state->bytes) {
      if (bytes > 0 && bytes + state->bytes > most_bytes) break;
      bytes += state->bytes;
      if (auto done = rewrite(id); !done) return done;
    }
    ++plan_.looked_at;
  }
  return {};
}

void CommitPlanner::remove(std::uint64_t id) {
  plan_.removed.push_back(id);
  gone_.emplace(id, true);
}

Result<void> CommitPlanner::rewrite(std::uint64_t id) {
  const auto bytes = read_(id);
  if (!bytes) return tl::unexpected(bytes.error());
  auto row = decode_row(id, *bytes);
  if (!row) return tl::unexpected(std::move(row.error()));
  std::erase_if(row->records, [this](const RowRecord& record) { return !jobs_.lives(record); });
  std::erase_if(row->ended,
                [&](Place place) { return is_gone(place.row()) || !rows_.needs(place, id); });
  row->rewritten_at = plan_.newest_row;
  plan_.rewritten.push_back({id, encode_row(id, *row)});
  gone_.emplace(id, true);
  return {};
}

void CommitPlanner::add(const JobChanges& changes) {
  std::erase_if(ended_, [this](Place place) { return is_gone(place.row()); });
  Row row;
  for (const RowRecord& record : changes.records) {
    const std::uint64_t id = record.place.row();
    if (!row.records.empty() && row.records.front().place.row() != id) {
      const std::uint64_t full = row.records.front().place.row();
      add_row(full, row);
      row = {};
    }
    row.records.push_back(record);
  }
  row.ended = ended_;
  if (!row.records.empty() || !row.ended.empty()) {
    add_row(plan_.newest_row, row);
  }
}

void CommitPlanner::add_row(std::uint64_t id, const Row& row) {
  CommitPlan::Added added;
  added.id = id;
  added.bytes = encode_row(id, row);
  added.state.bytes = static_cast<std::uint32_t>(added.bytes.size());
  added.state.checksum = checksum_of(added.bytes);
  added.state.living_records = static_cast<std::uint32_t>(row.records.size());
  for (const RowRecord& record : row.records) {
    added.state.living_bytes += static_cast<std::uint32_t>(kRecordHeadBytes + record.bytes.size());
  }
  note(added, row.ended);
  plan_.added.push_back(std::move(added));
}

void CommitPlanner::note(CommitPlan::Added& added, const std::vector<Place>& ended) {
  for (const Place place : ended) {
    if (added.notes.empty() || added.notes.back().first != place.row()) {
      added.notes.emplace_back(place.row(), 0);
    }
    ++added.notes.back().second;
  }
}

void CommitPlanner::sum_up() {
  plan_.rows = rows_.size() + plan_.added.size() - plan_.removed.size();
  plan_.checksum = rows_.checksum();
  for (const auto& added : plan_.added) plan_.checksum += added.state.checksum;
  for (const std::uint64_t id : plan_.removed) plan_.checksum -= rows_.find(id)->checksum;
  for (const auto& rewritten : plan_.rewritten) {
    plan_.checksum += checksum_of(rewritten.bytes);
    plan_.checksum -= rows_.find(rewritten.id)->checksum;
  }
}

}  // namespace steelyard::store
