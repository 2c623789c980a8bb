#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

/// Flags whose values are sizes, as people write them: 24GB, 512MiB, 1.5GB, 4096.
namespace steelyard::cli {

/// The bytes of a size: a number above 0 with B, kB, MB, GB, TB (thousands), KiB, MiB, GiB, TiB
/// (1024s), or nothing for bytes. nullopt: it is none, or larger than 2^63 bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

struct SizeFlag {
  std::string name;
  std::string description;
  std::uint64_t& value;  ///< in bytes; must outlive the command
};
CLI::Option* add_size(CLI::App& command, const SizeFlag& flag);

}  // namespace steelyard::cli
