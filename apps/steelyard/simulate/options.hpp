#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace steelyard::cli {

/// `steelyard sim`.
struct Simulate {
  std::vector<std::string> words;  ///< workloads and cases, or what to do instead
  std::vector<std::string> strategies;
  std::vector<std::string> plugins;
  std::uint32_t workers = 0;  ///< 0: as the workload says
  std::uint32_t jobs = 0;     ///< 0: as the workload says
  std::uint64_t seed = 1;
  bool groups = false;  ///< say what the jobs of each state and user waited
  bool json = false;
  std::string plot_folder;  ///< empty: nothing is drawn
};

/// Words that are no workload.
inline constexpr const char* kEveryCase = "all";
inline constexpr const char* kList = "list";
/// Before the file that a broker has recorded.
inline constexpr const char* kRecording = "trace";
/// Begins a word that names the file of a recorded workload.
inline constexpr const char* kTrace = "trace:";

/// As the only strategy: every one there is.
inline constexpr const char* kEveryStrategy = "all";

}  // namespace steelyard::cli
