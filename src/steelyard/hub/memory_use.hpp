#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace steelyard::hub {

/// Resident memory of each of these processes with all processes below it and in its session,
/// in bytes; pages that several of them share count for each. What has ended counts nothing.
///
/// `proc` is another folder in tests. Cost: some 10 µs per process of the machine.
[[nodiscard]] std::map<pid_t, std::uint64_t> memory_of_trees(const std::vector<pid_t>& roots,
                                                             const std::string& proc = "/proc");

}  // namespace steelyard::hub
