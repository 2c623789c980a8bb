#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "steelyard/runtime/zmq/broker_port.hpp"

/// Snapshots: made in slices between the broker's other work, one for all who ask at once.
namespace steelyard::zmq_runtime {
namespace {

constexpr std::size_t kMaxSnapshotAskers = 64;
/// Its length grows a little from one to the next.
constexpr std::size_t kRoomToGrow_bytes = std::size_t{64} * 1024;

}  // namespace

/// One that is being made already began before it was asked for, and would not show what the asker
/// has done: it gets the next one. Who asks again waits for the new answer only.
void BrokerPort::ask_snapshot(Peer& peer, std::uint64_t request) {
  const auto is_its = [&](const SnapshotAsker& asker) { return asker.route == peer.route; };
  std::erase_if(snapshot_next_, is_its);
  if (snapshot_next_.size() >= kMaxSnapshotAskers) {
    return answer(peer, request,
                  failure(ErrorCode::OutOfMemoryBudget,
                          fmt::format("{} others ask for a snapshot at once: ask again later",
                                      kMaxSnapshotAskers)));
  }
  snapshot_next_.push_back({peer.route, request});
}

/// One slice of it.
void BrokerPort::make_snapshot() {
  if (!snapshot_) {
    if (snapshot_next_.empty()) return;
    snapshot_for_ = std::exchange(snapshot_next_, {});
    snapshot_ = std::make_unique<monitor::Snapshot>();
    snapshot_->reserve(snapshot_bytes_ + kRoomToGrow_bytes);
  }
  snapshot_->advance(sources(), monitor::Snapshot::kSlice);
  if (!snapshot_->is_complete()) return;
  std::string text = snapshot_->take();
  snapshot_.reset();
  snapshot_bytes_ = text.size();
  give_snapshot(std::move(text));
}

void BrokerPort::give_snapshot(std::string text) {
  while (!snapshot_for_.empty()) {
    const SnapshotAsker asker = std::move(snapshot_for_.back());
    snapshot_for_.pop_back();
    const auto found = peers_.find(asker.route);
    if (found == peers_.end() || found->second->gone) continue;
    wire::Report report;
    report.set_request(asker.request);
    std::string message;
    wire::seal(wire::Kind::Report, report, message);
    // The last one is given the text itself: copying millions of bytes takes its time.
    if (snapshot_for_.empty()) {
      text.insert(0, message);
      message = std::move(text);
    } else {
      message.append(text);
    }
    outbox(*found->second).say_encoded(std::move(message));
  }
}

}  // namespace steelyard::zmq_runtime
