#include "steelyard/runtime/zmq/client_streams.hpp"

#include <algorithm>
#include <utility>

namespace steelyard::zmq_runtime {

void ClientStreams::open(std::uint64_t job, std::uint64_t window_bytes) {
  streams_[job].window_bytes = window_bytes;
}

ClientStreams::Came ClientStreams::add(std::uint64_t job, std::uint32_t attempt,
                                       std::size_t bytes) {
  const auto found = streams_.find(job);
  if (found == streams_.end() || attempt < found->second.attempt) return Came::Stray;
  Stream& stream = found->second;
  const bool is_first = attempt != stream.attempt;
  if (is_first) {
    stream.attempt = attempt;
    stream.untaken_bytes = stream.owed_bytes = 0;
  }
  // One that is larger than the window comes alone.
  if (stream.untaken_bytes > 0 && stream.untaken_bytes + bytes > stream.window_bytes) {
    stream.may_lack = true;
    return Came::TooMuch;
  }
  stream.untaken_bytes += bytes;
  const bool voids = is_first && stream.had_parts;
  const bool lacks = std::exchange(stream.may_lack, false);
  const bool had_parts = std::exchange(stream.had_parts, true);
  if (voids) return Came::First;
  return lacks && had_parts ? Came::Later : Came::More;
}

bool ClientStreams::add_progress(std::uint64_t job, std::uint8_t percent) {
  const auto found = streams_.find(job);
  if (found == streams_.end()) return false;
  if (!std::exchange(found->second.progress_waits, true)) return true;
  found->second.later_progress = percent;
  return false;
}

void ClientStreams::taken(std::uint64_t job, std::uint32_t attempt, std::size_t bytes) {
  const auto found = streams_.find(job);
  if (found == streams_.end() || found->second.attempt != attempt) return;
  Stream& stream = found->second;
  stream.untaken_bytes -= std::min<std::uint64_t>(stream.untaken_bytes, bytes);
  owe(job, stream, bytes);
}

std::optional<std::uint8_t> ClientStreams::progress_taken(std::uint64_t job) {
  const auto found = streams_.find(job);
  if (found == streams_.end()) return std::nullopt;
  const auto later = std::exchange(found->second.later_progress, std::nullopt);
  found->second.progress_waits = later.has_value();
  return later;
}

std::optional<ClientStreams::Credit> ClientStreams::next_credit() {
  while (!due_.empty()) {
    const std::uint64_t job = due_.front();
    due_.pop_front();
    const auto found = streams_.find(job);
    if (found == streams_.end()) continue;
    Stream& stream = found->second;
    stream.due = false;
    if (stream.owed_bytes == 0) continue;
    return Credit{job, stream.attempt, std::exchange(stream.owed_bytes, 0)};
  }
  return std::nullopt;
}

void ClientStreams::connection_began(bool anew) {
  for (auto& [job, stream] : streams_) {
    if (stream.attempt == 0) continue;
    stream.may_lack = true;
    stream.owed_bytes = 0;
    if (anew) {
      stream.attempt = 0;
    } else if (stream.window_bytes > stream.untaken_bytes) {
      // Rather too much credit than none for ever, when what gave it back was lost.
      owe(job, stream, stream.window_bytes - stream.untaken_bytes);
    }
  }
}

/// Small steps are not worth a message, but for the last one: a partial result that needs all of
/// the window would wait for it for ever.
void ClientStreams::owe(std::uint64_t job, Stream& stream, std::uint64_t bytes) {
  stream.owed_bytes += bytes;
  const bool is_small = stream.owed_bytes < stream.window_bytes / 4;
  if (stream.due || (is_small && stream.untaken_bytes > 0)) return;
  stream.due = true;
  due_.push_back(job);
}

}  // namespace steelyard::zmq_runtime
