#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "top/list.hpp"

namespace steelyard::cli {

/// Which column a list is sorted by.
struct Sorting {
  std::optional<std::size_t> column{};  ///< nothing: as the broker lists the rows
  bool descending = false;
};

/// What `steelyard top` knows and shows: four lists, made from the broker's snapshots, each with an
/// order and a selected row of its own, and one filter.
///
/// The selection stays with its row when that moves. Thread safety: none; no clock is read.
class TopModel {
 public:
  TopModel();

  /// The latest snapshot; rates are taken since the one before, if that was of the same broker.
  void take(boost::json::object snapshot);
  /// The latest report about jobs, which the snapshot does not list.
  void take_jobs(boost::json::object report);
  /// The broker does not answer: what is known stays, and `trouble` says so until the next
  /// snapshot.
  void lose(std::string trouble) { trouble_ = std::move(trouble); }

  void show(TopView view);
  void sort_by_next();
  void reverse();
  /// Errors: false when there is no column of this heading, in any case; nothing changed.
  [[nodiscard]] bool sort_by(std::string_view heading);
  /// Only rows with this text in one of their cells, in any case; empty: all.
  void filter(std::string text);
  void move_selection(std::int64_t rows);

  [[nodiscard]] bool has_snapshot() const { return !now_.empty(); }
  [[nodiscard]] const boost::json::object& snapshot() const { return now_; }
  [[nodiscard]] const std::optional<std::string>& trouble() const { return trouble_; }
  /// Jobs that came, finished and failed per second since the snapshot before; NaN: not known.
  [[nodiscard]] double per_s(std::string_view ledger_field) const;

  [[nodiscard]] TopView view() const { return view_; }
  [[nodiscard]] const Sorting& sorting() const { return sortings_[place()]; }
  [[nodiscard]] const std::string& filter() const { return filter_; }
  /// The list of the view, and the places of those of its rows that are shown, in order.
  [[nodiscard]] const TopList& list() const { return list_; }
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }
  /// A place in `order`; 0 when that is empty.
  [[nodiscard]] std::size_t selected() const { return selected_[place()].at; }
  [[nodiscard]] const TopRow* selected_row() const;

 private:
  struct Selection {
    std::size_t at = 0;
    std::string name{};  // of the row
  };

  [[nodiscard]] std::size_t place() const { return static_cast<std::size_t>(view_); }
  void make_list();
  void arrange();
  void select_again();
  [[nodiscard]] bool passes(const TopRow& row, std::string_view wanted) const;

  TopView view_ = TopView::Queues;
  std::array<Sorting, kTopViews> sortings_;
  std::array<Selection, kTopViews> selected_;
  std::string filter_;
  std::optional<std::string> trouble_;
  boost::json::object now_;
  std::optional<boost::json::object> before_;  // of the same broker, and earlier
  boost::json::object jobs_;
  TopList list_;
  std::vector<std::size_t> order_;
};

}  // namespace steelyard::cli
