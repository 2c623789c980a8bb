#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "common/stop_signals.hpp"
#include "models/model_files.hpp"

namespace models {

struct RunOptions {
  std::filesystem::path folder = default_folder();  ///< where models are kept between runs
  std::size_t jobs = 6;
  std::size_t models = 2;
  std::size_t workers = 1;
  std::vector<std::string> strategies = {"oldest", "groups-by-state"};
  double min_load_s = 0.5;  ///< models are made large enough for that
  /// While the ratio of the times is disturbed by what else runs here, all is played again; the
  /// best time of each strategy counts.
  std::size_t tries = 3;
  bool json = false;
};

/// Everything in one command: for each strategy a broker with it and worker processes, the jobs,
/// and at the end the comparison. Nothing of it is left afterwards but the models' files. Returns
/// the program's exit status.
[[nodiscard]] int run_everything(const RunOptions& options, const example::StopSignals& signals);

struct ClientOptions {
  std::string broker;
  std::filesystem::path folder = default_folder();
  std::size_t jobs = 6;
  std::size_t models = 2;
  bool json = false;
};

/// Hands in the jobs and waits for a worker that somebody else starts.
/// Returns the program's exit status.
[[nodiscard]] int run_client(const ClientOptions& options, const example::StopSignals& signals);

/// Makes the models' files and says how large they are.
/// Returns the program's exit status.
[[nodiscard]] int run_prepare(const RunOptions& options);

}  // namespace models
