#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "common/stop_signals.hpp"
#include "ocr/pages.hpp"

namespace ocr {

inline constexpr double kMaxErrorRate = 0.03;

struct RunOptions {
  PageOptions pages;
  std::size_t workers = 2;
  std::vector<std::string> strategies = {"oldest", "amortised"};
  double max_error_rate = kMaxErrorRate;
  bool json = false;
};

/// Everything in one command: for each strategy a broker with it and worker processes, the pages,
/// and at the end the comparison. Nothing of it is left afterwards. Returns the program's exit
/// status.
[[nodiscard]] int run_everything(const RunOptions& options, const example::StopSignals& signals);

struct ClientOptions {
  std::string broker;
  PageOptions pages;
  double max_error_rate = kMaxErrorRate;
  bool json = false;
};

/// Hands in the pages and waits for a worker that somebody else starts.
/// Returns the program's exit status.
[[nodiscard]] int run_client(const ClientOptions& options, const example::StopSignals& signals);

/// Prints the pages into a folder, to be looked at. Returns the program's exit status.
[[nodiscard]] int run_print(const PageOptions& options, const std::filesystem::path& folder);

}  // namespace ocr
