#include "steelyard/sim/timeline.hpp"

#include <algorithm>

namespace steelyard::sim {
namespace {

/// More than this cannot be told apart in a picture.
constexpr int kPlaces = 2'000;

}  // namespace

Timelines::Timelines(std::uint32_t workers, TimePoint until)
    : workers_(until > TimePoint() ? std::min(workers, kMaxWorkers) : 0),
      until_(until),
      resolution_(until.time_since_epoch() / kPlaces) {}

void Timelines::add(WorkerId worker, const Segment& segment) {
  if (worker.index() >= workers_.size() || segment.from >= until_) return;
  if (segment.from == segment.to) return;
  std::vector<Segment>& line = workers_[worker.index()];
  const bool joins = !line.empty() && line.back().kind == segment.kind &&
                     segment.kind == Segment::Kind::Runs && line.back().state == segment.state &&
                     segment.from - line.back().to <= resolution_;
  if (joins) {
    line.back().to = segment.to;
    line.back().busy += segment.to - segment.from;
  } else if (line.size() < kMaxSegments) {
    line.push_back(segment);
    line.back().busy = segment.to - segment.from;
  }
}

}  // namespace steelyard::sim
