#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/file_descriptor.hpp"
#include "steelyard/runtime/zmq/client.hpp"
#include "top/conversation.hpp"
#include "top/model.hpp"
#include "top/screen.hpp"

namespace steelyard::cli {

/// `steelyard top` at a terminal: one thread that waits for keys, signals, answers and the time of
/// the next look, all at once.
class LiveTop {
 public:
  /// `model` shows what is to be shown first, and outlives this. Must be made before any thread,
  /// because threads inherit which signals are held back.
  LiveTop(TopModel& model, std::string endpoint, std::chrono::milliseconds interval);

  /// Runs until it is quit. Returns the exit status, or why the terminal cannot be used.
  [[nodiscard]] Result<int> run();

 private:
  using Clock = std::chrono::steady_clock;

  void look_if_due(Clock::time_point now);
  void look(Clock::time_point now);
  void taken(Result<std::string> answer);
  void draw();
  void wait(Clock::time_point until);
  void take_signals();
  void take_keys();
  void carry_out(const Wish& wish);
  void carry_out(const Quit&);
  void carry_out(const LookNow&);
  void carry_out(const DrainWorker& wish);
  void carry_out(const CancelJob& wish);
  void carry_out(const CancelJobs& wish);
  void say_refused(const Error& error);

  TopModel& model_;
  const std::string endpoint_;
  FileDescriptor signals_;
  TopConversation conversation_;
  Screen* screen_ = nullptr;  // while run goes on
  bool is_asking_ = false;
  bool is_asking_jobs_ = false;
  bool asked_now_ = true;  // somebody wants to see it at once
  bool is_dirty_ = true;
  std::optional<Clock::time_point> answered_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point looked_;
  std::optional<int> status_;
  Client client_;  // last: its calls use the others
};

}  // namespace steelyard::cli
