#include "cli/part.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/exit_status.hpp"
#include "cli/logging.hpp"

namespace steelyard::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

}  // namespace

std::string this_program() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  // A program that was replaced while it runs has no path any more, but can still be executed.
  return error || !std::filesystem::exists(path, error) ? "/proc/self/exe" : path.string();
}

Result<std::unique_ptr<Part>> Part::start(const std::vector<std::string>& arguments,
                                          std::shared_ptr<ChildGuard> guard) {
  ChildCommand command;
  command.words.push_back(this_program());
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  auto process = ChildProcess::spawn(std::move(command), std::move(guard));
  if (!process) return tl::unexpected(process.error());
  return std::unique_ptr<Part>(new Part(std::move(*process)));
}

std::optional<std::string> Part::next_line() {
  while (true) {
    if (auto line = lines_.next()) return line;
    if (!process_->output_open()) return std::nullopt;
    const ChildReady ready = process_->wait_ready(false);
    std::string bytes;
    if (ready.output) process_->read_output(bytes, kReadBytes);
    if (ready.errors) process_->read_errors();
    lines_.append(bytes);
    if (ready.ended && bytes.empty()) return std::nullopt;
  }
}

Result<std::string> Part::wait_for_line(std::string_view start) {
  while (const auto line = next_line()) {
    const std::string sentence = sentence_of(*line);
    if (sentence.starts_with(start)) return sentence.substr(start.size());
  }
  std::string how = end();
  const bool is_usage = status_ == ExitStatus{ExitStatus::Kind::Exited, kWrongUsage};
  return failure(is_usage ? ErrorCode::InvalidArgument : ErrorCode::SystemError, std::move(how));
}

void Part::interrupt() {
  signal(SIGINT);
}

void Part::signal(int number) {
  const std::scoped_lock lock(mutex_);
  if (!collected_) ::kill(process_->pid(), number);
}

std::string Part::end() {
  while (next_line()) {
  }
  while (!process_->wait_ready(false).ended) process_->read_errors();
  collect();
  return process_->describe_end();
}

void Part::collect() {
  const std::scoped_lock lock(mutex_);
  status_ = process_->end_by(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  collected_ = true;
}

std::vector<std::string> broker_arguments(const std::string& listen, const UserWeights& weights,
                                          const std::string& journal) {
  std::vector<std::string> arguments{"broker", "--log-to-output"};
  if (!listen.empty()) arguments.insert(arguments.end(), {"--listen", listen});
  for (std::string& argument : user_weight_arguments(weights)) {
    arguments.push_back(std::move(argument));
  }
  if (!journal.empty()) arguments.insert(arguments.end(), {"--journal", journal});
  return arguments;
}

std::vector<std::string> worker_arguments(const WorkerPart& worker) {
  return {"worker",  "--log-to-output", "--broker",  worker.endpoint,
          "--queue", worker.queue,      "--builtin", worker.builtin,
          "--name",  worker.name,       "--slots",   std::to_string(worker.slots)};
}

}  // namespace steelyard::cli
