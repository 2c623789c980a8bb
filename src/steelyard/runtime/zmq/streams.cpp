#include "steelyard/runtime/zmq/streams.hpp"

#include <algorithm>

namespace steelyard::zmq_runtime {

std::uint64_t Streams::Stream::take_back(std::uint64_t bytes) {
  const std::uint64_t taken = std::min(bytes, in_flight_bytes);
  in_flight_bytes -= taken;
  return taken;
}

void Streams::open(const Stream& stream) {
  if (streams_.size() >= sweep_at_) {
    std::erase_if(streams_, [this](const auto& entry) { return !is_live_(entry.second.lease); });
    sweep_at_ = std::max(kFirstSweep, 2 * streams_.size());
  }
  streams_.insert_or_assign(stream.lease.bits(), stream);
}

Streams::Stream* Streams::find(Lease lease) {
  const auto found = streams_.find(lease.bits());
  return found == streams_.end() ? nullptr : &found->second;
}

void Streams::each(const std::function<void(Stream&)>& visit) {
  for (auto& [bits, stream] : streams_) {
    if (is_live_(stream.lease)) visit(stream);
  }
}

}  // namespace steelyard::zmq_runtime
