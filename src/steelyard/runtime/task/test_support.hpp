#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/command_line.hpp"
#include "steelyard/runtime/task/job_control.hpp"
#include "steelyard/runtime/task/program_line.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

/// What the tests of processes share.
namespace steelyard::test {

inline constexpr std::chrono::seconds kPatience{20};

/// Looks again and again until `holds()`; false when it does not within kPatience.
template <class Condition>
bool eventually(const Condition& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// The state letter of a process in /proc: 'Z' for a zombie; 0 when there is none.
inline char state_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto end_of_name = text.rfind(')');
  return end_of_name == std::string::npos ? '\0' : text.at(end_of_name + 2);
}

/// Whether a process runs no more. A zombie counts: an orphan's end is collected by init.
inline bool gone(pid_t process) {
  const char state = state_of(process);
  return state == '\0' || state == 'Z' || state == 'X';
}

/// How many bytes a process has written in all.
inline std::size_t written_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/io");
  std::string name;
  std::size_t count = 0;
  while (file >> name >> count) {
    if (name == "wchar:") return count;
  }
  return 0;
}

/// Waits until a process has written nothing for a hundred looks; returns what it wrote in all.
inline std::size_t written_bytes_at_rest(pid_t process) {
  std::size_t written = written_bytes(process);
  int unchanged_looks = 0;
  EXPECT_TRUE(eventually([&] {
    const std::size_t before = std::exchange(written, written_bytes(process));
    unchanged_looks = written == before ? unchanged_looks + 1 : 0;
    return unchanged_looks == 100;
  }));
  return written;
}

inline std::size_t count_open_files() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

/// How many children this process has, the guard and zombies included.
inline std::size_t count_children() {
  std::size_t children = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "children");
    children += static_cast<std::size_t>(
        std::distance(std::istream_iterator<pid_t>(file), std::istream_iterator<pid_t>()));
  }
  return children;
}

/// Files in a folder that vanishes with the test.
class TestFiles {
 public:
  /// Writes a file and returns its path.
  [[nodiscard]] std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(place_of(name)) << text;
    return place_of(name).string();
  }
  /// What the file contains; empty when there is none.
  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream file(place_of(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  [[nodiscard]] std::filesystem::path place_of(const std::string& name) const {
    return folder_->path() / name;
  }

  std::unique_ptr<TemporaryFolder> folder_ = TemporaryFolder::make("steelyard-task").value();
};

/// Keeps what a job tells.
class RecordingSink : public JobSink {
 public:
  void on_progress(std::uint8_t percent) override {
    const std::lock_guard lock(mutex_);
    percents_.push_back(percent);
  }
  void on_partial(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    partial_bytes_ += bytes.size();
    partials_.push_back(std::move(bytes));
  }

  [[nodiscard]] std::vector<int> percents() const {
    const std::lock_guard lock(mutex_);
    return percents_;
  }
  [[nodiscard]] std::vector<std::string> partials() const {
    const std::lock_guard lock(mutex_);
    return partials_;
  }
  [[nodiscard]] std::size_t partial_bytes() const {
    const std::lock_guard lock(mutex_);
    return partial_bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> percents_;
  std::vector<std::string> partials_;
  std::size_t partial_bytes_ = 0;
};

/// Keeps what programs say, as "JOB: LINE".
class SaidLines {
 public:
  [[nodiscard]] ProgramSaid listener() {
    return [this](const ProgramLine& line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::string(line.job) + ": " + std::string(line.text));
    };
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline std::shared_ptr<ChildGuard> new_guard() {
  auto guard = ChildGuard::start();
  EXPECT_TRUE(guard.has_value()) << describe(guard.error());
  return *guard;
}

inline CommandLine command(std::string_view text) {
  auto parsed = CommandLine::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return *parsed;
}

}  // namespace steelyard::test
