#pragma once

#include <string>
#include <vector>

namespace steelyard::cli {

/// What other programs have taught people to type, as this one spells it: `help COMMAND...` is
/// `COMMAND... --help`, and `version` is `--version`. Other words stay as they are.
[[nodiscard]] std::vector<std::string> without_habits(std::vector<std::string> words);

}  // namespace steelyard::cli
