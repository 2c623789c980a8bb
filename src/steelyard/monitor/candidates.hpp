#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

/// How long lists are cut to what matters most.
namespace steelyard::monitor {

/// A candidate for a row: what is listed, and how pressing it is.
struct Candidate {
  std::uint32_t id;
  std::uint64_t pressing;
  std::string_view name;
};

/// Leaves the most pressing ones in order of name; returns how many were left out.
std::size_t select(std::vector<Candidate>& candidates);

template <class MakeRow>
boost::json::object rows_of(std::vector<Candidate> candidates, MakeRow&& make_row) {
  const std::size_t omitted = select(candidates);
  boost::json::array rows;
  for (const Candidate& candidate : candidates) rows.push_back(make_row(candidate));
  return {{"rows", std::move(rows)}, {"rows_omitted", omitted}};
}

}  // namespace steelyard::monitor
