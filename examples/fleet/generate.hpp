#pragma once

#include <cstddef>
#include <filesystem>

#include "steelyard/base/result.hpp"

namespace fleet {

struct GenerateOptions {
  std::size_t commands = 512;
  double wait_s = 1;
};

struct GeneratedFiles {
  std::filesystem::path commands;   ///< for the client
  std::filesystem::path responses;  ///< for the workers
};

/// Writes DIR/client.txt and DIR/server.txt: two commands, foo and bar, for each of half as many
/// addresses; every response is 1. The folder is made when it does not exist.
/// Errors: InvalidArgument for too many commands; SystemError when a file cannot be written.
[[nodiscard]] steelyard::Result<GeneratedFiles> generate(const std::filesystem::path& folder,
                                                         const GenerateOptions& options);

}  // namespace fleet
