#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <boost/json.hpp>

/// The lists of `steelyard top`: what stands in them, before it is sorted, filtered and drawn.
namespace steelyard::cli {

enum class TopView : std::uint8_t { Queues, Workers, Users, Jobs };
inline constexpr std::size_t kTopViews = 4;

enum class Figure : std::uint8_t { Text, Count, Rate, Time, Percent };

struct TopColumn {
  std::string heading;
  std::size_t width = 0;  ///< places; of the first one at least, as it takes what is left over
  Figure figure = Figure::Text;
};

/// A text or a number, as its column says; NaN: not measured. A text with a number is sorted by it.
struct TopCell {
  std::string text{};
  double number = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] static TopCell of(std::string text) { return {.text = std::move(text)}; }
  [[nodiscard]] static TopCell of(double number) { return {.number = number}; }
  [[nodiscard]] static TopCell of(std::uint64_t number) {
    return {.number = static_cast<double>(number)};
  }
};

struct TopRow {
  std::vector<TopCell> cells{};  ///< one for each column; the first one's text is the row's name
  bool needs_attention = false;
};

struct TopList {
  std::vector<TopColumn> columns;
  std::vector<TopRow> rows{};
  std::uint64_t rows_omitted = 0;  ///< that the report had no room for
};

/// Two snapshots of one broker; rates and shares are taken between them.
struct TwoSnapshots {
  const boost::json::object& now;
  const boost::json::object* before = nullptr;  ///< null: there are no rates yet
  double elapsed_s = 0;                         ///< between them; above 0, or there is no `before`
};

[[nodiscard]] TopList list_queues(const TwoSnapshots& snapshots);
[[nodiscard]] TopList list_workers(const TwoSnapshots& snapshots);
[[nodiscard]] TopList list_users(const TwoSnapshots& snapshots);
/// `report`: what the broker says about jobs (see Client::query).
[[nodiscard]] TopList list_jobs(const boost::json::object& report);

/// The cell as it is shown.
[[nodiscard]] std::string shown(const TopCell& cell, Figure figure);

}  // namespace steelyard::cli
