#include "top/frame.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "cli/query.hpp"
#include "cli/table.hpp"
#include "top/figures.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kTopViews> kViewNames{"Queues", "Workers", "Users", "Jobs"};
constexpr std::size_t kWidestName = 48;

const json::array& warnings_of(const TopModel& model) {
  return list_in(object_in(model.snapshot(), "health"), "warnings");
}

/// The state of all in a word or two.
std::string verdict(const TopModel& model) {
  if (model.trouble()) return "NO ANSWER";
  if (!model.has_snapshot()) return "…";
  if (flag_in(object_in(model.snapshot(), "stats"), "stopping")) return "STOPPING";
  const std::size_t warnings = warnings_of(model).size();
  if (warnings == 0) return "OK";
  return counted(warnings, "WARNING", "WARNINGS");
}

FrameLine title(const TopModel& model, const FrameShape& shape) {
  std::string left = "steelyard top  " + one_line(shape.endpoint);
  if (model.has_snapshot()) left += "  up " + time_in(model.snapshot(), "uptime_s");
  if (shape.paused) left += "  PAUSED";
  const std::string right = verdict(model);
  const std::size_t room = shape.columns - std::min(shape.columns, shown_width(right) + 1);
  const bool is_well = right == "OK" || right == "…";
  return {in_places(left, room, false) + " " + right,
          is_well ? FrameStyle::Strong : FrameStyle::Attention};
}

std::string totals(const TopModel& model) {
  const json::object& stats = object_in(model.snapshot(), "stats");
  const json::object& jobs = object_in(stats, "jobs");
  const std::uint64_t quarantined = count_in(jobs, "quarantined");
  const std::uint64_t delayed = count_in(jobs, "delayed");
  return fmt::format("{} queued  {} running  {}{}{} with {}", with_commas(count_in(jobs, "queued")),
                     with_commas(count_in(jobs, "running")),
                     delayed > 0 ? with_commas(delayed) + " delayed  " : "",
                     quarantined > 0 ? with_commas(quarantined) + " in quarantine  " : "",
                     counted(count_in(stats, "workers"), "worker", "workers"),
                     counted(count_in(stats, "slots"), "slot", "slots"));
}

std::string rates(const TopModel& model) {
  return fmt::format("{} done/s  {} in/s  {} failed/s  waiting {}  running {} on average",
                     short_rate(model.per_s("finished")), short_rate(model.per_s("accepted")),
                     short_rate(model.per_s("failed")),
                     time_in(object_in(model.snapshot(), "stats"), "wait_mean_s"),
                     time_in(object_in(model.snapshot(), "stats"), "run_mean_s"));
}

/// What should be read first: that nothing is known, or the first warning.
FrameLine news(const TopModel& model) {
  if (model.trouble()) return {one_line(*model.trouble()), FrameStyle::Attention};
  const json::array& warnings = warnings_of(model);
  if (warnings.empty() || !warnings.front().is_string()) return {};
  const std::string more =
      warnings.size() > 1 ? fmt::format("(1 of {}) ", warnings.size()) : std::string();
  return {more + one_line(warnings.front().get_string()), FrameStyle::Attention};
}

FrameLine tabs(const TopModel& model) {
  std::string text;
  for (std::size_t i = 0; i < kTopViews; ++i) {
    const bool is_shown = static_cast<std::size_t>(model.view()) == i;
    text +=
        fmt::format("{}{} {}{} ", is_shown ? "[" : " ", i + 1, kViewNames[i], is_shown ? "]" : " ");
  }
  const Sorting& sorting = model.sorting();
  if (sorting.column) {
    text += fmt::format(" by {} {}", model.list().columns[*sorting.column].heading,
                        sorting.descending ? "down" : "up");
  }
  if (!model.filter().empty()) text += fmt::format("  with '{}'", one_line(model.filter()));
  return {text, FrameStyle::Plain};
}

/// The widths of the columns that fit; the first takes what they leave over.
std::vector<std::size_t> widths(const TopList& list, std::size_t columns) {
  std::vector<std::size_t> widths{list.columns[0].width};
  std::size_t used = list.columns[0].width;
  for (std::size_t i = 1; i < list.columns.size(); ++i) {
    const std::size_t width = list.columns[i].width;
    if (used + 1 + width > columns) break;
    used += 1 + width;
    widths.push_back(width);
  }
  widths[0] = std::min(widths[0] + (columns - std::min(columns, used)), kWidestName);
  return widths;
}

std::string heading_line(const TopList& list, const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) text += ' ';
    text += in_places(list.columns[i].heading, widths[i], list.columns[i].figure != Figure::Text);
  }
  return text;
}

std::string row_line(const TopList& list, const TopRow& row,
                     const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const Figure figure = list.columns[i].figure;
    if (i > 0) text += ' ';
    text += in_places(one_line(shown(row.cells[i], figure)), widths[i], figure != Figure::Text);
  }
  return text;
}

std::string_view nothing_to_list(const TopModel& model) {
  if (!model.filter().empty()) return "nothing has this text; / changes it";
  if (!model.has_snapshot()) return "waiting for the broker's first answer";
  switch (model.view()) {
    case TopView::Queues:
      return "no queues yet; a queue appears with its first job or worker";
    case TopView::Workers:
      return "no workers; start one with `steelyard worker --queue QUEUE --exec COMMAND`";
    case TopView::Users:
      return "no users yet; name one with `steelyard submit --user`";
    case TopView::Jobs:
      return "no job waits, runs or is on its way back";
  }
  return "";
}

/// The rows from `first` on, at most `room` of them.
void add_rows(std::vector<FrameLine>& lines, const TopModel& model, const FrameShape& shape,
              std::size_t room) {
  const TopList& list = model.list();
  const std::vector<std::size_t>& order = model.order();
  const std::vector<std::size_t> fitting = widths(list, shape.columns);
  if (order.empty() && room > 0) lines.push_back({std::string(nothing_to_list(model))});
  // The page on which the selected row is.
  const std::size_t first = room == 0 ? 0 : model.selected() / room * room;
  for (std::size_t at = first; at < std::min(order.size(), first + room); ++at) {
    const TopRow& row = list.rows[order[at]];
    const bool is_selected = shape.has_selection && at == model.selected();
    lines.push_back({row_line(list, row, fitting), is_selected           ? FrameStyle::Selected
                                                   : row.needs_attention ? FrameStyle::Attention
                                                                         : FrameStyle::Plain});
  }
}

void cut(std::vector<FrameLine>& lines, const FrameShape& shape) {
  for (FrameLine& line : lines) {
    if (shown_width(line.text) > shape.columns) {
      line.text = in_places(line.text, shape.columns, false);
    }
  }
}

bool is_too_small(const FrameShape& shape) {
  return shape.lines > 0 && (shape.columns < kLeastFrameColumns || shape.lines < kLeastFrameLines);
}

std::vector<FrameLine> too_small(const FrameShape& shape) {
  std::vector<FrameLine> lines(shape.lines);
  if (!lines.empty()) {
    lines[0].text = fmt::format("needs {}x{}", kLeastFrameColumns, kLeastFrameLines);
  }
  cut(lines, shape);
  return lines;
}

/// How many rows are not shown, and why.
std::string omissions(const TopModel& model) {
  const std::uint64_t omitted = model.list().rows_omitted;
  return omitted == 0 ? "" : fmt::format("and {} more that are not listed", with_commas(omitted));
}

}  // namespace

std::vector<FrameLine> make_frame(const TopModel& model, const FrameShape& shape) {
  if (is_too_small(shape)) return too_small(shape);
  std::vector<FrameLine> lines{title(model, shape)};
  lines.push_back({model.has_snapshot() ? totals(model) : std::string()});
  lines.push_back({model.has_snapshot() ? rates(model) : std::string()});
  lines.push_back(news(model));
  lines.push_back(tabs(model));
  lines.push_back(
      {heading_line(model.list(), widths(model.list(), shape.columns)), FrameStyle::Heading});
  const std::string omitted = omissions(model);
  const std::size_t after = (omitted.empty() ? 0 : 1) + (shape.lines > 0 ? 1 : 0);
  const std::size_t room = shape.lines == 0
                               ? std::max<std::size_t>(model.order().size(), 1)
                               : shape.lines - std::min(shape.lines, lines.size() + after);
  add_rows(lines, model, shape, room);
  if (shape.lines > 0) lines.resize(shape.lines - after);
  if (!omitted.empty()) lines.push_back({omitted});
  if (shape.lines > 0) lines.push_back({shape.footer, FrameStyle::Heading});
  cut(lines, shape);
  return lines;
}

std::vector<FrameLine> make_help(const FrameShape& shape) {
  constexpr std::array<std::string_view, 17> kText{
      "1 2 3 4, Tab      queues, workers, users, jobs",
      "up down, k j      select a row; PgUp PgDn Home End, g G",
      "s                 sort by the next column; S the other way round",
      "/                 only rows with a text; Enter keeps it, Esc drops it",
      "d                 drain the selected worker: it finishes what it has and goes",
      "c                 cancel the selected job; all of the selected queue, user",
      "p                 pause: the figures stand still",
      "space             look again now",
      "< >               look more often, more seldom",
      "q, Ctrl+C         quit",
      "",
      "WAIT, RUN         means since the broker began",
      "LONGEST           of those that wait now",
      "WORK, LOAD        share of a worker's time since the last look",
      "SHARE, DUE        of the worker time used since then, and what weights grant",
      "",
      "any key goes back",
  };
  std::vector<FrameLine> lines{{"steelyard top: keys", FrameStyle::Strong}, {}};
  for (const std::string_view text : kText) lines.push_back({"  " + std::string(text)});
  lines.resize(shape.lines);
  cut(lines, shape);
  return lines;
}

std::size_t full_width(const TopModel& model) {
  const TopList& list = model.list();
  std::size_t name = list.columns[0].width;
  for (const TopRow& row : list.rows) name = std::max(name, shown_width(row.cells[0].text));
  std::size_t width = std::min(name, kWidestName);
  for (std::size_t i = 1; i < list.columns.size(); ++i) width += 1 + list.columns[i].width;
  return width;
}

}  // namespace steelyard::cli
