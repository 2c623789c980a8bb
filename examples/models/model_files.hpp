#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"

namespace models {

/// The files that models are loaded from, as big as it takes for a load to last a while here.
struct ModelFiles {
  std::filesystem::path folder;  ///< holds a file for each model
  std::size_t megabytes = 0;     ///< the size of each
  double load_s = 0;             ///< computing time of one load when it was measured
};

/// "m1" for 0, "m2" for 1, …
[[nodiscard]] std::string model_name(std::size_t number);

/// Where the files are kept between runs: under the system's temporary folder.
[[nodiscard]] std::filesystem::path default_folder();

/// Sees to it that `folder` has files for `count` models and that loading one takes at least
/// `load_s` on this machine: measures a load, and writes larger files while that was too short.
/// Errors: SystemError; InvalidArgument when not even the largest files are large enough.
[[nodiscard]] steelyard::Result<ModelFiles> prepare_models(const std::filesystem::path& folder,
                                                           std::size_t count, double load_s);

}  // namespace models
