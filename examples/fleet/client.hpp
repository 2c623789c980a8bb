#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "common/crowd.hpp"
#include "common/stop_signals.hpp"
#include "fleet/command.hpp"
#include "steelyard/runtime/zmq/context.hpp"

namespace fleet {

struct ClientOptions {
  std::string broker = steelyard::kDefaultEndpoint;
  std::size_t batch = 16;        ///< commands handed in together
  bool batch_unit = false;       ///< one worker takes a whole batch and answers it in one piece
  std::size_t wait_workers = 0;  ///< the clock starts when so many workers have joined
  std::chrono::milliseconds patience = std::chrono::seconds(10);  ///< for the broker and them
  bool json = false;
};

/// Hands in all commands, sums the answers as they come, prints the report.
/// `malformed_lines` were left out of `commands` and are only reported.
/// Returns the program's exit status.
[[nodiscard]] int run_commands(const ClientOptions& options, const std::vector<Command>& commands,
                               std::size_t malformed_lines, const example::GiveUpReason& give_up);

/// Does so with the commands of a file, until they are answered or a signal comes.
[[nodiscard]] int run_client(const ClientOptions& options, const std::filesystem::path& file,
                             const example::StopSignals& signals);

}  // namespace fleet
