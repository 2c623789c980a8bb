#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "fleet/command.hpp"
#include "fleet/tally.hpp"

namespace fleet {

/// What a client's run has come to.
struct Report {
  const std::vector<Command>& commands;
  const Tally& tally;
  std::size_t malformed_lines = 0;
  std::size_t batches = 0;
  std::size_t workers = 0;  ///< that served at the end
  std::size_t slots = 0;    ///< theirs together
  double wall_s = 0;        ///< from handing in the first command to the last answer
};

/// For people.
void print_table(const Report& report);
/// For programs: one object on one line.
void print_json(const Report& report);

/// Names the malformed lines of `file` on standard error: how many, and the first few.
void print_malformed(const std::filesystem::path& file, const std::vector<MalformedLine>& lines);

}  // namespace fleet
