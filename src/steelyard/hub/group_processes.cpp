#include "steelyard/hub/group_processes.hpp"

#include <utility>

#include <fmt/format.h>

namespace steelyard::hub {
namespace {

/// What `steelyard worker` says when its broker has welcomed it.
constexpr std::string_view kReady = "ready: ";

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

}  // namespace

void GroupProcesses::time_passed(TimePoint now, const std::optional<Demand>& demand,
                                 const std::function<bool(const std::string&)>& is_idle) {
  apply(now, crew_.time_passed(now, demand, is_idle));
}

void GroupProcesses::second_passed(TimePoint now,
                                   const std::map<pid_t, std::uint64_t>& memory_bytes) {
  for (auto& [member, running] : running_) {
    if (const std::string line = running.process->left_out(now); !line.empty()) {
      tell(false, fmt::format("{}: {}", running.name, line));
    }
    if (running.memory_limit_bytes == 0) continue;
    const auto used = memory_bytes.find(running.process->pid());
    if (used == memory_bytes.end() || used->second <= running.memory_limit_bytes) continue;
    running.process->kill_because(
        fmt::format("killed because it used {:.0f} MB with all that it started, more than "
                    "memory_limit_bytes = {:.0f} MB",
                    megabytes(used->second), megabytes(running.memory_limit_bytes)));
  }
}

void GroupProcesses::add_descriptors(TimePoint now, std::vector<pollfd>& into) const {
  for (const auto& [member, running] : running_) {
    const ChildDescriptors descriptors = running.process->descriptors(now);
    for (const int fd : {descriptors.output, descriptors.errors, descriptors.exit}) {
      if (fd >= 0) into.push_back({fd, POLLIN, 0});
    }
  }
}

void GroupProcesses::look(TimePoint now) {
  std::vector<std::pair<MemberId, WorkerProcess::End>> ends;
  for (auto& [member, running] : running_) {
    const std::vector<std::string> lines = running.process->read(now);
    hear(now, member, lines);
    if (running.process->began_to_flood()) {
      tell(true,
           fmt::format("{} floods its output: no more than {} bytes of it are read each second "
                       "and it has to wait; most lines are left out here",
                       running.name, kMaxReadBytesPerSecond));
    }
    if (auto end = running.process->ended(now)) ends.emplace_back(member, std::move(*end));
  }
  for (const auto& [member, end] : ends) {
    hear(now, member, end.last_lines);
    running_.erase(member);
    apply(now, crew_.ended(now, member, end.how, end.success));
  }
}

void GroupProcesses::add_limited(std::vector<pid_t>& into) const {
  for (const auto& [member, running] : running_) {
    if (running.memory_limit_bytes > 0) into.push_back(running.process->pid());
  }
}

void GroupProcesses::apply(TimePoint now, const Actions& actions) {
  for (const Action& action : actions) {
    if (const auto* begin = std::get_if<StartWorker>(&action)) {
      start(now, *begin);
    } else if (const auto* stop = std::get_if<StopWorker>(&action)) {
      running_.at(stop->member).process->terminate();
    } else if (const auto* kill = std::get_if<KillWorker>(&action)) {
      running_.at(kill->member).process->kill();
    } else {
      const auto& [sentence, is_warning] = std::get<Tell>(action);
      tell(is_warning, sentence);
    }
  }
}

void GroupProcesses::start(TimePoint now, const StartWorker& action) {
  auto started = WorkerProcess::start(crew_.spec(), action.name, means_.surroundings, means_.guard);
  if (!started) return apply(now, crew_.ended(now, action.member, started.error().context, false));
  running_.emplace(action.member, Running{action.name, crew_.spec().process.memory_limit_bytes,
                                          std::move(*started)});
}

void GroupProcesses::hear(TimePoint now, MemberId member, const std::vector<std::string>& lines) {
  const std::string name = running_.at(member).name;
  for (const std::string& line : lines) {
    tell(false, fmt::format("{}: {}", name, line));
    if (!crew_.spec().process.is_program && line.starts_with(kReady)) {
      apply(now, crew_.became_ready(now, member));
    }
  }
}

}  // namespace steelyard::hub
