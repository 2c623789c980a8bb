#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cli/stop_signals.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "steelyard/runtime/zmq/completions.hpp"
#include "submit/answers.hpp"
#include "submit/job_source.hpp"
#include "submit/progress.hpp"
#include "submit/stall_watch.hpp"
#include "submit/window.hpp"

namespace steelyard::cli {

/// Hands in all jobs of a source and prints their answers.
///
/// One thread reads and hands in, the calling one prints; `Window` keeps the first from running
/// away. Ctrl+C ends it with what has come so far; what is queued is dropped with the session.
class SubmitSession {
 public:
  struct Options {
    std::string queue;
    RemoteJobOptions job;
    bool unit = false;      ///< what is read together goes to one worker and comes back together
    bool progress = false;  ///< a bar while it runs, and a line at the end, on standard error
    Answers::Options answers;
    Window::Limits window;
  };
  SubmitSession(Options options, std::unique_ptr<Client> client, std::unique_ptr<JobSource> source);

  /// Returns the exit status. Call it once.
  [[nodiscard]] int run(StopSignals& signals);

 private:
  void feed();
  [[nodiscard]] bool hand_in_split(std::vector<std::string> payloads);
  [[nodiscard]] bool hand_in(std::vector<std::string> payloads);
  [[nodiscard]] bool hand_in_unit(const std::vector<std::string>& parts);
  void stop_reading();

  [[nodiscard]] int print_answers();
  [[nodiscard]] int take(Completion completion);
  [[nodiscard]] int print_news(const Completion& news);
  [[nodiscard]] int print_text(const Answers::Text& text);
  void warn_of_stall();
  [[nodiscard]] std::chrono::milliseconds patience() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] ProgressState progress() const;
  [[nodiscard]] int conclude(int status);

  const Options options_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const std::unique_ptr<JobSource> source_;
  CompletionQueue completions_;  // outlives the client, which writes to it
  const std::unique_ptr<Client> client_;
  Window window_;

  // Written by the reading thread, read by the printing one.
  std::atomic<std::uint64_t> handed_in_ = 0;
  std::atomic<bool> ended_ = false;
  std::optional<Error> source_error_;  // before ended_
  std::atomic<bool> interrupted_ = false;

  // The printing thread's own.
  Answers answers_;
  ProgressBar bar_;
  std::uint8_t percent_ = 0;  // of a single job that tells
  StallWatch stall_;
};

}  // namespace steelyard::cli
