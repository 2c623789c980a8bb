#include "steelyard/monitor/snapshot.hpp"

#include <algorithm>

#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

constexpr std::uint32_t kRowCost = 16;
/// An announcement may be long.
constexpr std::uint32_t kPartCost = 1024;
/// Sections that sum up the survey: a slice of their own.
constexpr std::uint32_t kSectionCost = Snapshot::kSlice;
constexpr std::uint64_t kVersion = 1;

}  // namespace

void Snapshot::advance(const Sources& sources, std::uint32_t budget) {
  while (budget > 0 && stage_ != Stage::Complete) {
    const std::uint32_t cost = std::max(step(sources, budget), 1U);
    budget -= std::min(budget, cost);
  }
}

std::uint32_t Snapshot::step(const Sources& sources, std::uint32_t budget) {
  switch (stage_) {
    case Stage::Begin:
      begin(sources);
      stage_ = Stage::Survey;
      return 1;
    case Stage::Survey: {
      const std::uint32_t left = survey_.advance(sources, budget);
      if (survey_.is_complete()) stage_ = Stage::Parts;
      return budget - left;
    }
    case Stage::Parts:
      return write_part(sources);
    case Stage::Choose:
      return choose(sources, budget);
    case Stage::Rows:
      return write_row(sources);
    case Stage::Health:
      json_.member("health").raw(json_text(health_section(sources, survey_)));
      stage_ = Stage::Stats;
      return kSectionCost;
    case Stage::Stats:
      json_.member("stats").raw(json_text(stats_section(sources, survey_)));
      stage_ = Stage::End;
      return kSectionCost;
    case Stage::End:
      end(sources);
      stage_ = Stage::Complete;
      return kRowCost;
    case Stage::Complete:
      break;
  }
  return 0;
}

void Snapshot::begin(const Sources& sources) {
  json_.open('{').member("version").number(kVersion);
  json_.member("incarnation").text(hexadecimal(sources.incarnation));
  json_.member("uptime_s").seconds(sources.now - sources.started);
  json_.member("bucket_bounds_s").open('[');
  for (std::size_t i = 0; i < core::TimeHistogram::kBounds; ++i) {
    json_.seconds(Duration(core::TimeHistogram::bound(i)));
  }
  json_.close(']').member("parts").open('[');
}

/// The next one after the last: others may have come and gone in between.
std::uint32_t Snapshot::write_part(const Sources& sources) {
  if (sources.parts != nullptr) {
    const auto& all = sources.parts->all();
    const auto next = last_part_ ? all.upper_bound(*last_part_) : all.begin();
    if (next != all.end()) {
      last_part_ = next->first;
      std::string part;
      append_part(part, sources, next->first, next->second);
      json_.raw(part);
      return kPartCost;
    }
  }
  json_.close(']');
  begin_table();
  return 1;
}

void Snapshot::begin_table() {
  if (table_ == snapshot_tables().size()) {
    stage_ = Stage::Health;
    return;
  }
  const Table& table = snapshot_tables()[table_];
  foremost_ = Foremost(table.max_rows);
  place_ = 0;
  stage_ = Stage::Choose;
  json_.member(table.name).open('{').member("columns").open('[');
  for (const std::string_view column : table.columns) json_.text(column);
  json_.close(']').member("rows").open('[');
}

std::uint32_t Snapshot::choose(const Sources& sources, std::uint32_t budget) {
  const Table& table = snapshot_tables()[table_];
  const RowContext rows = context(sources);
  const std::uint32_t end = std::min(table.size(sources), place_ + budget);
  const std::uint32_t begin = place_;
  for (; place_ < end; ++place_) {
    if (const auto pressing = table.pressing(rows, place_)) foremost_.add(place_, *pressing);
  }
  const std::uint32_t cost = place_ - begin;
  if (place_ < table.size(sources)) return cost;
  rows_ = foremost_.take();
  place_ = 0;
  stage_ = Stage::Rows;
  return cost;
}

std::uint32_t Snapshot::write_row(const Sources& sources) {
  if (place_ == rows_.size()) {
    end_table();
    return 1;
  }
  const bool is_there = snapshot_tables()[table_].write(context(sources), rows_[place_++], json_);
  return is_there ? kRowCost : 1;
}

void Snapshot::end_table() {
  json_.close(']').member("rows_omitted").number(foremost_.omitted()).close('}');
  ++table_;
  begin_table();
}

void Snapshot::end(const Sources& sources) {
  const core::TimeSpread& spread = survey_.spread();
  json_.member("wait_buckets").numbers(spread.waits.counts());
  json_.member("run_buckets").numbers(spread.runs.counts());
  json_.member("queue_sets").open('[');
  for (const std::vector<QueueId>& queues : queue_sets_.all()) {
    json_.open('[');
    for (const QueueId queue : queues) json_.text(sources.queues.name(queue));
    json_.close(']');
  }
  json_.close(']').close('}').flush();
}

}  // namespace steelyard::monitor
