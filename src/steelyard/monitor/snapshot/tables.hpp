#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "steelyard/monitor/report.hpp"
#include "steelyard/monitor/snapshot/json_writer.hpp"
#include "steelyard/monitor/survey.hpp"

/// The tables of a snapshot: which things have a row, and what stands in it.
namespace steelyard::monitor {

/// Gives numbers to lists of queues, so that workers alike need not repeat theirs.
class QueueSets {
 public:
  /// Of the list of a pool, which is most likely the one that it had when it was asked for last.
  [[nodiscard]] std::uint32_t number(PoolId pool, std::span<const QueueId> queues);
  [[nodiscard]] const std::vector<std::vector<QueueId>>& all() const { return all_; }

 private:
  std::map<std::vector<QueueId>, std::uint32_t> numbers_;
  std::vector<std::vector<QueueId>> all_;
  std::vector<std::optional<std::uint32_t>> latest_;  // by pool
};

/// What rows are made of, besides the sources.
struct RowContext {
  const Sources& sources;
  const Survey& survey;
  QueueSets& queue_sets;
  std::unordered_map<std::uint32_t, std::uint32_t>& loading;  ///< workers, by StateId
};

struct Table {
  std::string_view name;
  std::span<const std::string_view> columns;
  std::size_t max_rows;
  /// Ids that may have a row are below this.
  std::uint32_t (*size)(const Sources& sources);
  /// How pressing the one with this id is; nullopt: it has no row.
  std::optional<std::uint64_t> (*pressing)(const RowContext& context, std::uint32_t id);
  /// Writes the values of a row, one for each column. What had a row a moment ago may be gone;
  /// then nothing is written and false returned.
  bool (*write)(const RowContext& context, std::uint32_t id, JsonWriter& json);
};

/// Workers stand first: the table of states counts what they load.
[[nodiscard]] std::span<const Table> snapshot_tables();

[[nodiscard]] std::span<const std::string_view> worker_columns();
[[nodiscard]] bool write_worker(const RowContext& context, std::uint32_t id, JsonWriter& json);

}  // namespace steelyard::monitor
