#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

/// `--user-weight NAME=WEIGHT`: what a user's share counts beside others'.
namespace steelyard::cli {

using UserWeights = std::vector<std::pair<std::string, double>>;

/// Reads weights, one user each. Throws CLI::ValidationError for what is not NAME=WEIGHT with a
/// finite weight above 0, and for a user with two different ones.
[[nodiscard]] UserWeights parse_user_weights(const std::vector<std::string>& texts);

/// Adds --user-weight, which fills `weights`; it must outlive the command.
void add_user_weights(CLI::App& command, UserWeights& weights);

/// The weights as flags for another part of this program.
[[nodiscard]] std::vector<std::string> user_weight_arguments(const UserWeights& weights);

}  // namespace steelyard::cli
