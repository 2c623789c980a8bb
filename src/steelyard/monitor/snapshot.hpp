#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "steelyard/monitor/report.hpp"
#include "steelyard/monitor/snapshot/foremost.hpp"
#include "steelyard/monitor/snapshot/json_writer.hpp"
#include "steelyard/monitor/snapshot/tables.hpp"
#include "steelyard/monitor/survey.hpp"

namespace steelyard::monitor {

/// Everything about queues, workers, users and states at once, as JSON in one line; docs/monitor.md
/// has the format. It is written a bit at a time, between other steps of the scheduler: each row is
/// true of the moment in which it was written.
///
/// Bounded: 10,000 workers and queues, 1,000 users and states, those with most unfinished jobs.
/// Thread safety: none.
class Snapshot {
 public:
  Snapshot() = default;
  Snapshot(const Snapshot&) = delete;  // the writer points into the text
  Snapshot& operator=(const Snapshot&) = delete;

  /// Writes on until some `budget` is used up, at least a bit: a row takes 16, a name that is
  /// passed over takes 1. With kSlice it takes a fraction of a millisecond. The sources are those
  /// of the same scheduler each time.
  void advance(const Sources& sources, std::uint32_t budget);
  static constexpr std::uint32_t kSlice = 4096;

  [[nodiscard]] bool is_complete() const { return stage_ == Stage::Complete; }
  /// The text. Requires: is_complete().
  [[nodiscard]] std::string take() { return std::move(text_); }
  /// Makes room for a text that is expected to have so many bytes.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }

 private:
  enum class Stage { Begin, Survey, Parts, Choose, Rows, Health, Stats, End, Complete };

  std::uint32_t step(const Sources& sources, std::uint32_t budget);
  void begin(const Sources& sources);
  std::uint32_t write_part(const Sources& sources);
  std::uint32_t choose(const Sources& sources, std::uint32_t budget);
  std::uint32_t write_row(const Sources& sources);
  void begin_table();
  void end_table();
  void end(const Sources& sources);
  [[nodiscard]] RowContext context(const Sources& sources) {
    return {sources, survey_, queue_sets_, loading_};
  }

  std::string text_;
  JsonWriter json_{text_};
  Stage stage_ = Stage::Begin;
  Survey survey_;
  QueueSets queue_sets_;
  std::unordered_map<std::uint32_t, std::uint32_t> loading_;
  std::optional<SessionId> last_part_;
  std::size_t table_ = 0;
  std::uint32_t place_ = 0;  // id that is looked at, or row that is written
  Foremost foremost_{0};
  std::vector<std::uint32_t> rows_;  // ids
};

}  // namespace steelyard::monitor
