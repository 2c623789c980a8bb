#include "steelyard/runtime/zmq/client_streams.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard::zmq_runtime {

void ClientStreams::open(std::uint64_t job, std::uint64_t window_bytes) {
  streams_[job].window_bytes = window_bytes;
}

ClientStreams::Came ClientStreams::add(std::uint64_t job, const Part& part) {
  const auto found = streams_.find(job);
  if (found == streams_.end() || part.attempt < found->second.attempt) return Came::Stray;
  Stream& stream = found->second;
  const bool is_first = part.attempt != stream.attempt;
  // What came of a stage before this one stands.
  const bool is_restarted = is_first && part.attempt >> 16 == stream.attempt >> 16;
  if (is_first) {
    stream.attempt = part.attempt;
    stream.next_offset = stream.former_bytes = stream.untaken_bytes = stream.owed_bytes = 0;
  }
  const std::uint64_t charge = partial_charge_bytes(part.bytes);
  if (part.offset < stream.next_offset || !has_room(stream, charge)) {
    owe(job, stream, charge);
    return Came::TooMuch;
  }
  const bool lacks = part.offset > stream.next_offset;
  stream.next_offset = part.offset + part.bytes;
  stream.untaken_bytes += charge;
  const bool had_parts = std::exchange(stream.had_parts, true);
  if (is_restarted && had_parts) return Came::First;
  return lacks ? Came::Later : Came::More;
}

/// One that is larger than the window comes alone.
bool ClientStreams::has_room(const Stream& stream, std::uint64_t charge) {
  const std::uint64_t waits = stream.former_bytes + stream.untaken_bytes;
  if (waits + charge > (kMaxFormerWindows + 1) * stream.window_bytes && waits > 0) return false;
  return stream.untaken_bytes == 0 || stream.untaken_bytes + charge <= stream.window_bytes;
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
  const std::uint64_t charge = partial_charge_bytes(bytes);
  const std::uint64_t former = std::min(stream.former_bytes, charge);
  stream.former_bytes -= former;
  stream.untaken_bytes -= std::min(stream.untaken_bytes, charge - former);
  if (charge > former) owe(job, stream, charge - former);
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
    stream.former_bytes += std::exchange(stream.untaken_bytes, 0);
    stream.owed_bytes = 0;
    if (anew) stream.attempt = 0;
  }
}

/// Small steps are not worth a message, but for the last one: a partial result that needs all of
/// the window would wait for it for ever.
void ClientStreams::owe(std::uint64_t job, Stream& stream, std::uint64_t charge) {
  stream.owed_bytes += charge;
  const bool is_small = stream.owed_bytes < stream.window_bytes / 4;
  if (stream.due || (is_small && stream.untaken_bytes > 0)) return;
  stream.due = true;
  due_.push_back(job);
}

}  // namespace steelyard::zmq_runtime
