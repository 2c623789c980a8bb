#include "common/worker_processes.hpp"

#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

namespace example {

using Clock = std::chrono::steady_clock;

steelyard::Result<void> WorkerProcesses::start(std::size_t count,
                                               const std::vector<std::string>& arguments) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return steelyard::failure(steelyard::ErrorCode::SystemError,
                              "cannot find this program's own file: " + error.message());
  }
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (std::size_t i = 0; i < count; ++i) {
    auto process = steelyard::ChildProcess::spawn({words, {}}, guard_);
    if (!process) return tl::unexpected(process.error());
    processes_.push_back(std::move(*process));
  }
  return {};
}

std::vector<std::string> WorkerProcesses::collect_ended() {
  std::vector<std::string> ends;
  std::erase_if(processes_, [&](const auto& process) {
    if (!process->wait_until(Clock::now())) return false;
    process->end_by(Clock::now());  // reads the rest of what it wrote
    ends.push_back(process->describe_end());
    return true;
  });
  return ends;
}

void WorkerProcesses::stop(std::chrono::milliseconds grace) {
  for (const auto& process : processes_) ::kill(process->pid(), SIGTERM);
  const auto deadline = Clock::now() + grace;
  for (const auto& process : processes_) process->end_by(deadline);
  processes_.clear();
}

}  // namespace example
