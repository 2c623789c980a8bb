#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::base {

/// The candidate that is closest to `word` by Levenshtein distance, for "did you mean";
/// empty when none is close (more than a third of its letters differ).
/// Cost: O(|word| · total length of the candidates).
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace steelyard::base
