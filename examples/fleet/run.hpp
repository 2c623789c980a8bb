#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/stop_signals.hpp"
#include "fleet/client.hpp"
#include "fleet/generate.hpp"
#include "fleet/real/check.hpp"

namespace fleet {

struct RunOptions {
  GenerateOptions files;
  ClientOptions client;
  std::size_t workers = 32;
  std::uint32_t slots = 1;
  std::string strategy = "least-loaded";
  bool real = false;  ///< commands are really carried out, against services of this process
  CheckOptions checks;
};

/// Everything in one command: a broker on a free loopback port, worker processes that are connected
/// before the clock starts, and the client. Nothing of it is left afterwards, however this ends.
/// Returns the program's exit status.
[[nodiscard]] int run_everything(RunOptions options, const example::StopSignals& signals);

}  // namespace fleet
