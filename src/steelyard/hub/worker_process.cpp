#include "steelyard/hub/worker_process.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace steelyard::hub {
namespace {

constexpr std::size_t kReadBytes = std::size_t{16} << 10;
/// After its end there is at most what two pipes hold; a stranger that left its session and goes on
/// writing must not keep the hub reading.
constexpr int kMaxLastReads = 64;

/// A worker of ours limits what its program says itself, with one second beginning when another may
/// end here, and its own lines, such as the one that it is ready, have to come through beside that.
constexpr OutputLimits kOfOurWorkers{
    .rate = {.max_lines_per_s = 200, .max_bytes_per_s = std::size_t{64} << 10},
    .max_line_bytes = 2'200};

ChildCommand command_of(const GroupSpec& group, const std::string& name,
                        const Surroundings& surroundings) {
  const ProcessSpec& process = group.process;
  ChildCommand command{.environment = process.environment, .limits = {.nice = process.nice}};
  if (process.is_program) {
    command.words = process.words;
    command.environment.emplace_back("STEELYARD_BROKER", surroundings.endpoint);
    command.environment.emplace_back("STEELYARD_WORKER_NAME", name);
    command.limits.data_bytes = process.memory_limit_bytes;
    return command;
  }
  command.words = surroundings.worker_words;
  command.words.insert(command.words.end(), {"worker", "--log-to-output", "--broker",
                                             surroundings.endpoint, "--name", name});
  command.words.insert(command.words.end(), process.words.begin(), process.words.end());
  if (!surroundings.machine_load_file.empty()) {
    command.words.insert(command.words.end(), {"--proc-stat", surroundings.machine_load_file});
  }
  return command;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const GroupSpec& group,
                                                            const std::string& name,
                                                            const Surroundings& surroundings,
                                                            std::shared_ptr<ChildGuard> guard) {
  auto child = ChildProcess::spawn(command_of(group, name, surroundings), std::move(guard));
  if (!child) return tl::unexpected(child.error());
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(
      std::move(*child), group.process.is_program ? OutputLimits{} : kOfOurWorkers));
}

ChildDescriptors WorkerProcess::descriptors(TimePoint now) const {
  ChildDescriptors descriptors = child_->descriptors();
  if (now - second_ < std::chrono::seconds(1) && read_bytes_ >= kMaxReadBytesPerSecond) {
    descriptors.output = descriptors.errors = -1;
  }
  return descriptors;
}

std::vector<std::string> WorkerProcess::read(TimePoint now) {
  begin_second(now);
  if (read_bytes_ >= kMaxReadBytesPerSecond) return {};
  std::string bytes;
  read_bytes_ += child_->read_output(bytes, kReadBytes);
  read_bytes_ += child_->read_errors(bytes, kReadBytes);
  floods_ = floods_ || read_bytes_ >= kMaxReadBytesPerSecond;
  return lines_.append(now, bytes);
}

bool WorkerProcess::began_to_flood() {
  return floods_ && !std::exchange(flood_was_told_, floods_);
}

void WorkerProcess::terminate() {
  asked_to_end_ = true;
  child_->terminate();
}

void WorkerProcess::kill_because(const std::string& reason) {
  reason_ = reason;
  child_->kill();
}

std::optional<WorkerProcess::End> WorkerProcess::ended(TimePoint now) {
  if (!child_->ended()) return std::nullopt;
  End end;
  for (int i = 0; i < kMaxLastReads; ++i) {
    std::string bytes;
    child_->read_output(bytes, kReadBytes);
    child_->read_errors(bytes, kReadBytes);
    if (bytes.empty()) break;
    for (std::string& line : lines_.append(now, bytes)) end.last_lines.push_back(std::move(line));
  }
  for (std::string& line : lines_.finish(now)) end.last_lines.push_back(std::move(line));
  const ExitStatus status = child_->wait_until({}).value_or(ExitStatus{});
  end.success = status.success() && reason_.empty();
  end.how = reason_.empty() ? to_string(status) : reason_;
  // They were passed on a moment ago; only as evidence they are worth saying again.
  if (end.success && asked_to_end_) return end;
  const std::string words = lines_.last_words();
  end.how += words.empty() ? ", and it wrote nothing" : "; its last words: " + words;
  return end;
}

void WorkerProcess::begin_second(TimePoint now) {
  if (now - second_ < std::chrono::seconds(1)) return;
  second_ = now;
  read_bytes_ = 0;
}

}  // namespace steelyard::hub
