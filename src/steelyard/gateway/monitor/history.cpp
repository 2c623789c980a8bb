#include "steelyard/gateway/monitor/history.hpp"

#include <algorithm>
#include <cmath>

#include "steelyard/gateway/monitor/number_text.hpp"

namespace steelyard::gateway {
namespace {

constexpr std::chrono::seconds kSecondsKept{301};
constexpr std::chrono::seconds kTensKept{3'620};
/// A step of ten may be a little short, so that it does not become one of eleven.
constexpr std::chrono::milliseconds kTen{9'500};

/// Of what is known.
double larger(double a, double b) {
  return std::isnan(a) || b > a ? b : a;
}

template <class Points>
void keep_last(Points& points, std::size_t count) {
  while (points.size() > count) points.pop_front();
}

void append_values(std::string& text, std::string_view name, const std::deque<float>& values,
                   std::size_t seconds) {
  text.append("\"").append(name).append("\":[");
  const std::size_t missing = seconds - std::min(values.size(), seconds);
  for (std::size_t i = 0; i < seconds; ++i) {
    if (i > 0) text += ',';
    const bool is_known = i >= missing;
    append_number(text, is_known ? static_cast<double>(values[values.size() - (seconds - i)])
                                 : std::numeric_limits<double>::quiet_NaN());
  }
  text += ']';
}

}  // namespace

History::Mark History::mark(Clock::time_point now, const Moment& moment) {
  return {now, moment.incarnation, moment.accepted, moment.finished, moment.failed};
}

void History::set_rates(Point& point, const Mark& since, const Moment& moment) {
  const double seconds = std::chrono::duration<double>(point.at - since.at).count();
  if (since.incarnation != moment.incarnation || seconds <= 0) return;
  point.accepted_per_s = (moment.accepted - since.accepted) / seconds;
  point.finished_per_s = (moment.finished - since.finished) / seconds;
  point.failed_per_s = (moment.failed - since.failed) / seconds;
}

void History::add(Clock::time_point now, const Moment& moment) {
  ++moments_;
  Point point{
      .at = now, .queued = moment.queued, .running = moment.running, .workers = moment.workers};
  for (const QueueMoment& queue : moment.queues) {
    point.longest_wait_s = larger(point.longest_wait_s, queue.longest_wait_s);
  }
  set_rates(point, last_, moment);
  last_ = mark(now, moment);
  broker_began_ = now - std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(moment.uptime_s));
  seconds_.push_back(point);
  keep_last(seconds_, kMaxSeconds);
  longest_of_ten_s_ = larger(longest_of_ten_s_, point.longest_wait_s);
  if (ten_began_.incarnation.empty()) ten_began_ = last_;
  if (now - ten_began_.at >= kTen) add_ten(point, moment);
  add_queues(moment);
}

void History::add_ten(Point point, const Moment& moment) {
  point.accepted_per_s = point.finished_per_s = point.failed_per_s = kUnknown;
  set_rates(point, ten_began_, moment);
  point.longest_wait_s = std::exchange(longest_of_ten_s_, kUnknown);
  tens_.push_back(point);
  keep_last(tens_, kMaxTens);
  ten_began_ = last_;
}

void History::add_queues(const Moment& moment) {
  for (const QueueMoment& queue : moment.queues) {
    Line& line = queues_[queue.queue];
    // One that was not told of for a while begins anew: its values stand at their seconds.
    if (line.seen + 1 != moments_) {
      line.queued.clear();
      line.longest_wait_s.clear();
    }
    line.seen = moments_;
    line.accepted = queue.accepted;
    line.queued.push_back(static_cast<float>(queue.queued));
    line.longest_wait_s.push_back(static_cast<float>(queue.longest_wait_s));
    keep_last(line.queued, kMaxSeconds);
    keep_last(line.longest_wait_s, kMaxSeconds);
  }
  std::erase_if(queues_, [this](const auto& entry) { return entry.second.seen != moments_; });
  if (queues_.size() > kMaxQueuesKept) make_room_for_queues();
}

void History::make_room_for_queues() {
  std::vector<double> busy;
  for (const auto& [queue, line] : queues_) busy.push_back(line.accepted);
  const auto least = busy.end() - kMaxQueuesKept;
  std::nth_element(busy.begin(), least, busy.end());
  const double needed = *least;
  std::erase_if(queues_, [needed](const auto& entry) { return entry.second.accepted < needed; });
  while (queues_.size() > kMaxQueuesKept) queues_.erase(std::prev(queues_.end()));
}

double History::uptime_s(Clock::time_point at) const {
  return std::chrono::duration<double>(at - broker_began_).count();
}

void History::append_points(std::string& text, const std::deque<Point>& points,
                            Clock::time_point oldest) const {
  bool is_first = true;
  for (const Point& point : points) {
    if (point.at < oldest) continue;
    text += is_first ? "{" : ",{";
    is_first = false;
    append_member(text, "at_s", uptime_s(point.at));
    append_member(text, "queued", point.queued);
    append_member(text, "running", point.running);
    append_member(text, "workers", point.workers);
    append_member(text, "accepted_per_s", point.accepted_per_s);
    append_member(text, "finished_per_s", point.finished_per_s);
    append_member(text, "failed_per_s", point.failed_per_s);
    append_member(text, "longest_wait_s", point.longest_wait_s);
    text += '}';
  }
}

void History::append_queues(std::string& text, std::size_t seconds) const {
  std::vector<std::pair<double, const std::string*>> busiest;
  for (const auto& [queue, line] : queues_) busiest.emplace_back(-line.accepted, &queue);
  const std::size_t told = std::min(busiest.size(), kMaxQueuesTold);
  std::partial_sort(busiest.begin(), busiest.begin() + static_cast<std::ptrdiff_t>(told),
                    busiest.end(), [](const auto& a, const auto& b) {
                      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
                    });
  for (std::size_t i = 0; i < told; ++i) {
    const std::string& queue = *busiest[i].second;
    const Line& line = queues_.at(queue);
    // The name of a queue needs no escaping.
    text.append(i > 0 ? ",\"" : "\"").append(queue).append("\":{");
    append_values(text, "queued", line.queued, seconds);
    text += ',';
    append_values(text, "longest_wait_s", line.longest_wait_s, seconds);
    text += '}';
  }
}

std::string History::text(Clock::time_point now) const {
  const Clock::time_point oldest = now - kSecondsKept;
  const auto seconds = static_cast<std::size_t>(
      std::ranges::count_if(seconds_, [oldest](const Point& p) { return p.at >= oldest; }));
  std::string text = "{\"seconds\":[";
  append_points(text, seconds_, oldest);
  text += "],\"tens\":[";
  append_points(text, tens_, now - kTensKept);
  text += "],\"queues\":{";
  append_queues(text, seconds);
  return text += "}}";
}

}  // namespace steelyard::gateway
