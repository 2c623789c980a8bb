#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::gateway {

/// Counters of many names, of which the first have series of their own and the others one together,
/// called `other`.
///
/// Each series counts what happened while its name was among the first, and `other` what happened
/// to names while they were not. So none goes back when a name enters or leaves the first, nothing
/// is counted twice, and all series together grow as all names do. Names that were among the first
/// from the beginning show what the broker shows. A name that really is `other` is never among the
/// first, so that it is told apart from nothing it could be mistaken for.
///
/// Invariant: within one incarnation of the broker no value ever becomes smaller.
/// Thread safety: none. Cost of `update`: O(names · (counters + log names)).
class TopCounters {
 public:
  static constexpr std::string_view kOther = "other";
  /// Names that are remembered; the ones that were not told of last are forgotten first.
  static constexpr std::size_t kMaxKnown = 20'000;

  /// At most `most` names have series of their own.
  explicit TopCounters(std::size_t most) : most_(most) {}

  struct Row {
    std::string name;
    double rank = 0;               ///< those with the largest are the first
    std::vector<double> counters;  ///< cumulative
  };
  /// The broker's figures now. Every row has as many counters as any other, in the same order.
  void update(std::string_view incarnation, std::span<const Row> rows);

  /// Whether the name has series of its own now.
  [[nodiscard]] bool is_first(std::string_view name) const;
  /// Which name's series something of `name` belongs to: its own, or `other`.
  [[nodiscard]] std::string_view series_of(std::string_view name) const {
    return is_first(name) ? name : kOther;
  }
  /// Calls `visit(name, counters)` for the first, and for `other` if any name was among them.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const std::string& name : first_) visit(std::string_view(name), known_.at(name).own);
    if (!others_.empty()) visit(kOther, others_);
  }

 private:
  struct Known {
    std::vector<double> last;  ///< what the broker said
    std::vector<double> own;   ///< what the series shows
    std::uint64_t seen = 0;    ///< the update that told of it last
  };
  using Names = std::set<std::string, std::less<>>;

  [[nodiscard]] Names foremost(std::span<const Row> rows) const;
  void admit_new(const Names& foremost);
  void count(const Row& row);
  void forget_some();

  const std::size_t most_;
  std::string incarnation_;
  std::uint64_t updates_ = 0;
  std::map<std::string, Known, std::less<>> known_;
  Names first_;
  std::vector<double> others_;  // empty: no name was ever among the others
};

}  // namespace steelyard::gateway
