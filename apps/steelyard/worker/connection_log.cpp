#include "worker/connection_log.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/logging.hpp"

namespace steelyard::cli {

ConnectionLog::ConnectionLog(const Worker& worker, ProgramLog& program, std::string endpoint,
                             std::string queues)
    : worker_(worker),
      program_(program),
      endpoint_(std::move(endpoint)),
      queues_(std::move(queues)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void ConnectionLog::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    look();
    ended_.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

void ConnectionLog::look() {
  const Worker::Stats stats = worker_.stats();
  look_at_connection(stats);
  program_.second_passed();
  // The same again is no news.
  if (stats.last_load_error == load_error_) return;
  load_error_ = stats.last_load_error;
  log_event({LogLevel::Warning, "load_failed", load_error_});
}

void ConnectionLog::look_at_connection(const Worker::Stats& stats) {
  const auto now = std::chrono::steady_clock::now();
  if (stats.connected != connected_) lost_at_ = stats.connected ? std::nullopt : std::optional(now);
  if (stats.connected && !connected_) {
    log_event({LogLevel::Info,
               "ready",
               fmt::format("ready: serving {} for the broker at {}", queues_, endpoint_),
               {{"queue", queues_}, {"endpoint", endpoint_}}});
    missed_ = false;
  } else if (lost_at_ && now - *lost_at_ > kLossIsNews && !stats.leaving) {
    log_event({LogLevel::Warning,
               "broker_lost",
               fmt::format("lost the broker at {}; looking for it", endpoint_),
               {{"endpoint", endpoint_}}});
    lost_at_.reset();
    missed_ = true;
  } else if (!stats.connected && !lost_at_ && !missed_ && now - began_ > kPatience) {
    log_event(
        {LogLevel::Warning,
         "broker_missing",
         fmt::format("no broker at {} yet; waiting for it (start one with `steelyard broker`)",
                     endpoint_),
         {{"endpoint", endpoint_}}});
    missed_ = true;
  }
  connected_ = stats.connected;
}

}  // namespace steelyard::cli
