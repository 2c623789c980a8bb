#include "top/model.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "cli/query.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return small;
}

/// Less than 0, 0, more than 0: as the first stands before, beside or behind the second one.
/// What was not measured stands behind everything, whichever way it is sorted.
int compare(const TopCell& one, const TopCell& other, bool descending) {
  const bool is_known = !std::isnan(one.number);
  const bool other_is_known = !std::isnan(other.number);
  if (is_known != other_is_known) return is_known ? -1 : 1;
  const int direction = descending ? -1 : 1;
  if (is_known && one.number != other.number) {
    return one.number < other.number ? -direction : direction;
  }
  // worker-2 stands before worker-10.
  return is_known ? 0 : direction * ::strverscmp(one.text.c_str(), other.text.c_str());
}

}  // namespace

TopModel::TopModel() {
  sortings_[static_cast<std::size_t>(TopView::Queues)] = {.column = 2, .descending = true};
  sortings_[static_cast<std::size_t>(TopView::Workers)] = {.column = 0};
  sortings_[static_cast<std::size_t>(TopView::Users)] = {.column = 2, .descending = true};
  make_list();
}

void TopModel::take(json::object snapshot) {
  trouble_.reset();
  const bool is_later = text_in(snapshot, "incarnation") == text_in(now_, "incarnation") &&
                        number_in(snapshot, "uptime_s") > number_in(now_, "uptime_s");
  if (is_later) {
    before_ = std::move(now_);
  } else {
    before_.reset();
  }
  now_ = std::move(snapshot);
  if (view_ != TopView::Jobs) make_list();
}

void TopModel::take_jobs(json::object report) {
  jobs_ = std::move(report);
  if (view_ == TopView::Jobs) make_list();
}

double TopModel::per_s(std::string_view ledger_field) const {
  if (!before_) return std::nan("");
  const auto count = [ledger_field](const json::object& snapshot) {
    return number_in(object_in(object_in(snapshot, "stats"), "jobs"), ledger_field);
  };
  const double elapsed_s = number_in(now_, "uptime_s") - number_in(*before_, "uptime_s");
  return std::max(count(now_) - count(*before_), 0.0) / elapsed_s;
}

void TopModel::make_list() {
  const TwoSnapshots snapshots{
      now_, before_ ? &*before_ : nullptr,
      before_ ? number_in(now_, "uptime_s") - number_in(*before_, "uptime_s") : 0};
  switch (view_) {
    case TopView::Queues:
      list_ = list_queues(snapshots);
      break;
    case TopView::Workers:
      list_ = list_workers(snapshots);
      break;
    case TopView::Users:
      list_ = list_users(snapshots);
      break;
    case TopView::Jobs:
      list_ = list_jobs(jobs_);
      break;
  }
  arrange();
}

void TopModel::arrange() {
  order_.clear();
  const std::string wanted = in_small_letters(filter_);
  for (std::size_t row = 0; row < list_.rows.size(); ++row) {
    if (passes(list_.rows[row], wanted)) order_.push_back(row);
  }
  const Sorting& by = sorting();
  if (by.column) {
    std::ranges::stable_sort(order_, [&](std::size_t one, std::size_t other) {
      const auto& cells = list_.rows[one].cells;
      const auto& others = list_.rows[other].cells;
      const int order = compare(cells[*by.column], others[*by.column], by.descending);
      return order != 0 ? order < 0
                        : ::strverscmp(cells[0].text.c_str(), others[0].text.c_str()) < 0;
    });
  }
  select_again();
}

bool TopModel::passes(const TopRow& row, std::string_view wanted) const {
  return wanted.empty() || std::ranges::any_of(row.cells, [wanted](const TopCell& cell) {
           return in_small_letters(cell.text).find(wanted) != std::string::npos;
         });
}

/// Finds the selected row where it is now; if it is gone, the one in its place is selected.
void TopModel::select_again() {
  Selection& selection = selected_[place()];
  const auto name_at = [this](std::size_t at) -> const std::string& {
    return list_.rows[order_[at]].cells[0].text;
  };
  const bool is_there = selection.at < order_.size() && name_at(selection.at) == selection.name;
  if (!is_there && !selection.name.empty()) {
    for (std::size_t at = 0; at < order_.size(); ++at) {
      if (name_at(at) != selection.name) continue;
      selection.at = at;
      return;
    }
  }
  selection.at = std::min(selection.at, std::max<std::size_t>(order_.size(), 1) - 1);
}

void TopModel::show(TopView view) {
  view_ = view;
  make_list();
}

void TopModel::sort_by_next() {
  Sorting& sorting = sortings_[place()];
  const std::size_t next = sorting.column ? *sorting.column + 1 : 0;
  sorting.column = next % list_.columns.size();
  sorting.descending = list_.columns[*sorting.column].figure != Figure::Text;
  arrange();
}

void TopModel::reverse() {
  Sorting& sorting = sortings_[place()];
  if (!sorting.column) sorting.column = 0;
  sorting.descending = !sorting.descending;
  arrange();
}

bool TopModel::sort_by(std::string_view heading) {
  const std::string wanted = in_small_letters(heading);
  const auto found = std::ranges::find_if(list_.columns, [&wanted](const TopColumn& column) {
    return in_small_letters(column.heading) == wanted;
  });
  if (found == list_.columns.end()) return false;
  sortings_[place()] = {.column = static_cast<std::size_t>(found - list_.columns.begin()),
                        .descending = found->figure != Figure::Text};
  arrange();
  return true;
}

void TopModel::filter(std::string text) {
  filter_ = std::move(text);
  arrange();
}

void TopModel::move_selection(std::int64_t rows) {
  if (order_.empty()) return;
  Selection& selection = selected_[place()];
  const auto last = static_cast<std::int64_t>(order_.size()) - 1;
  const auto now = static_cast<std::int64_t>(selection.at);
  // Beyond both ends whatever was asked for, without running over.
  selection.at = static_cast<std::size_t>(rows < 0 ? (rows < -now ? 0 : now + rows)
                                                   : (rows > last - now ? last : now + rows));
  selection.name = list_.rows[order_[selection.at]].cells[0].text;
}

const TopRow* TopModel::selected_row() const {
  return order_.empty() ? nullptr : &list_.rows[order_[selected()]];
}

}  // namespace steelyard::cli
