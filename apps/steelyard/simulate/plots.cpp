#include "simulate/plots.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "steelyard/sim/plot/timeline_plot.hpp"
#include "steelyard/sim/plot/wait_plot.hpp"

namespace steelyard::cli {
namespace {

constexpr int kLoadsShown = 40;
constexpr std::chrono::seconds kLeastShown{1};
constexpr std::size_t kMaxNameBytes = 100;

/// The words that name the workload, as they may stand in the name of a file.
std::string file_name(const Tried& tried) {
  const bool is_case = tried.trial.figures != nullptr;
  std::string name = is_case ? tried.trial.figures->name : tried.comparison.workload;
  std::ranges::replace_if(
      name,
      [](char c) {
        const bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        return !is_plain;
      },
      '-');
  return name.substr(0, kMaxNameBytes);
}

Result<void> write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (file) return {};
  return failure(ErrorCode::SystemError, fmt::format("{} cannot be written", path.string()));
}

}  // namespace

TimePoint end_of_timelines(const sim::MakeScenario& make) {
  Duration slowest{};
  if (const auto scenario = make()) {
    for (const sim::StateFacts& state : scenario->states) {
      slowest = std::max(slowest, state.load_time);
    }
  }
  return TimePoint(std::max<Duration>(slowest * kLoadsShown, kLeastShown));
}

Result<std::vector<std::string>> draw_plots(const Tried& tried, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return failure(ErrorCode::SystemError, fmt::format("{}: {}", folder, error.message()));
  }
  const std::filesystem::path start = std::filesystem::path(folder) / file_name(tried);
  const std::string waits = start.string() + "-waits.svg";
  const std::string workers = start.string() + "-workers.svg";
  if (auto done = write(waits, sim::wait_plot(tried.comparison)); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = write(workers, sim::timeline_plot(tried.comparison)); !done) {
    return tl::unexpected(done.error());
  }
  return std::vector<std::string>{waits, workers};
}

}  // namespace steelyard::cli
