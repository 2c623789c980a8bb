#include "steelyard/hub/memory_use.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>

#include <unistd.h>

namespace steelyard::hub {
namespace {

struct Process {
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t bytes = 0;
};

std::optional<pid_t> number_of(std::string_view name) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// "1 (name with) anything) S parent group session … rss", see proc(5).
std::optional<Process> read_process(const std::filesystem::path& stat) {
  std::ifstream file(stat);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(end_of_name + 1));
  std::string skipped;
  Process process;
  pid_t group = 0;
  fields >> skipped >> process.parent >> group >> process.session;
  constexpr int kBetweenSessionAndPages = 17;
  for (int i = 0; i < kBetweenSessionAndPages; ++i) fields >> skipped;
  std::uint64_t pages = 0;
  if (!(fields >> pages)) return std::nullopt;
  process.bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return process;
}

std::map<pid_t, Process> read_all(const std::string& proc) {
  std::map<pid_t, Process> processes;
  std::error_code error;
  std::filesystem::directory_iterator at(proc, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const auto number = number_of(at->path().filename().native());
    if (!number) continue;
    if (const auto process = read_process(at->path() / "stat")) processes[*number] = *process;
  }
  return processes;
}

/// The root that a process belongs to; 0: none.
pid_t root_of(pid_t number, const std::map<pid_t, Process>& processes,
              const std::map<pid_t, std::uint64_t>& roots) {
  constexpr int kDeepest = 64;  // a table read in pieces may have a cycle
  for (int depth = 0; depth < kDeepest; ++depth) {
    if (roots.contains(number)) return number;
    const auto found = processes.find(number);
    if (found == processes.end()) return 0;
    // One whose parent has ended is still of the session.
    if (roots.contains(found->second.session)) return found->second.session;
    number = found->second.parent;
  }
  return 0;
}

}  // namespace

std::map<pid_t, std::uint64_t> memory_of_trees(const std::vector<pid_t>& roots,
                                               const std::string& proc) {
  std::map<pid_t, std::uint64_t> sums;
  for (const pid_t root : roots) sums[root] = 0;
  const std::map<pid_t, Process> processes = read_all(proc);
  for (const auto& [number, process] : processes) {
    if (const pid_t root = root_of(number, processes, sums); root != 0) sums[root] += process.bytes;
  }
  return sums;
}

}  // namespace steelyard::hub
