#include "steelyard/runtime/zmq/direct_returns.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"
#include "steelyard/wire/columns.hpp"

namespace steelyard::zmq_runtime {
namespace {

/// So many results for one session within kRecent open a link.
constexpr std::uint32_t kSeveral = 3;
constexpr Duration kRecent = std::chrono::seconds(1);
/// A result of this size opens a link at once, and waits for it.
constexpr std::size_t kLargeBytes = std::size_t{64} * 1024;
/// How long a greeting may remain unanswered.
constexpr Duration kGreetingTime = std::chrono::milliseconds(250);
/// The pause before a link is tried again, doubled with each failure.
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(60);
/// How long a result waits for a link while there is no broker either.
constexpr Duration kOrphanTime = std::chrono::seconds(60);
/// A message larger than this is sent before more is added to it.
constexpr std::size_t kMessageBytes = std::size_t{256} * 1024;
/// A link of which nothing was released for so long does not move.
constexpr Duration kProgress = std::chrono::seconds(5);
constexpr std::size_t kMaxKnownSessions = 1024;
/// What a result takes besides its bytes.
constexpr std::uint64_t kPerResultBytes = 128;
/// Leases do not have this bit, as there are never so many jobs.
constexpr std::uint64_t kOrphanBit = std::uint64_t{1} << 63;

/// Other ends are for the scheduler, which may try again.
bool is_an_answer(const JobReport& report) {
  return report.outcome == kDoneFinished || report.outcome == kDoneFailed;
}

}  // namespace

DirectReturns::Notice DirectReturns::Kept::notice(std::uint64_t lease) const {
  JobReport report{outcome, {}, run_time, {}};
  report.states.load_time = load_time;
  return {lease, {run->session, sequence}, std::move(report)};
}

bool DirectReturns::take(const AssignedJob& job, JobReport& report, TimePoint now) {
  const bool may_be_direct = job.run->reply_to && is_an_answer(report);
  if (!may_be_direct || !has_room(report.text.size())) return false;
  const std::uint64_t session = job.run->session;
  Link& link = link_for(*job.run, now);
  count_result(link, now);
  const bool must_wait = !has_broker_ || report.text.size() >= kLargeBytes;
  if (link.state == Link::State::Closed && now >= link.not_before &&
      (must_wait || link.recent_results >= kSeveral)) {
    open(session, link, now);
  }
  const bool is_closed = link.state == Link::State::Closed;
  if (link.state != Link::State::Ready && (!must_wait || (is_closed && has_broker_))) {
    return false;
  }
  const std::uint64_t key = keep(job, std::move(report.text), report, now);
  ++pending_;
  link.pending.push_back(key);
  send_pending(session, link);
  return true;
}

void DirectReturns::insure(const AssignedJob& job, const JobReport& report, TimePoint now) {
  const bool may_be_direct = job.run->reply_to && is_an_answer(report);
  if (!may_be_direct || !has_room(report.text.size())) return;
  const std::uint64_t key = keep(job, report.text, report, now);
  insure(key, kept_.find(key)->second);
}

void DirectReturns::insure(std::uint64_t key, Kept& kept) {
  kept.place = Place::Insured;
  insured_.emplace_back(beats_sent_ + 1, key);
}

void DirectReturns::beat_sent(bool after_everything) {
  ++beats_sent_;
  if (after_everything) return;
  for (auto& [beat, key] : insured_) beat = beats_sent_ + 1;
}

void DirectReturns::beat_answered() {
  ++beats_answered_;
  while (!insured_.empty() && insured_.front().first <= beats_answered_) {
    const auto found = kept_.find(insured_.front().second);
    insured_.pop_front();
    if (found != kept_.end() && found->second.place == Place::Insured) drop(found);
  }
}

bool DirectReturns::has_room(std::size_t bytes) const {
  return kept_.size() < options_.max_kept_results &&
         kept_bytes_ + bytes + kPerResultBytes <= options_.max_kept_bytes;
}

std::uint64_t DirectReturns::keep(const AssignedJob& job, std::string text, const JobReport& report,
                                  TimePoint now) {
  const bool is_orphan = job.lease == 0;
  const std::uint64_t key = is_orphan ? kOrphanBit | ++orphans_ : job.lease;
  Kept& kept = kept_[key];
  STEELYARD_ASSERT(kept.run == nullptr);
  kept.run = job.run;
  kept.sequence = job.sequence;
  kept.waited = job.waited;
  kept.text = std::move(text);
  kept.run_time = report.run_time;
  kept.load_time = report.states.load_time;
  kept.outcome = report.outcome;
  kept.since = now;
  kept.is_orphan = is_orphan;
  kept_bytes_ += kept.text.size() + kPerResultBytes;
  return key;
}

/// A link in whose list it stands finds out.
void DirectReturns::drop(KeptMap::iterator place) {
  kept_bytes_ -= place->second.text.size() + kPerResultBytes;
  if (place->second.place == Place::Pending) --pending_;
  kept_.erase(place);
}

void DirectReturns::release(std::uint64_t lease, TimePoint now) {
  const auto found = kept_.find(lease);
  if (found == kept_.end()) return;
  const Kept& kept = found->second;
  const std::uint64_t bytes = kept.text.size() + kPerResultBytes;
  const auto link = links_.find(kept.run->session);
  const bool was_in_flight = kept.place == Place::Sent && link != links_.end() &&
                             link->second.opening == kept.link_opening;
  drop(found);
  if (!was_in_flight) return;
  link->second.last_progress = now;
  link->second.in_flight_bytes -= std::min(link->second.in_flight_bytes, bytes);
  send_pending(link->first, link->second);
}

const std::string* DirectReturns::give_to_broker(std::uint64_t lease) {
  const auto found = kept_.find(lease);
  if (found == kept_.end()) return nullptr;
  Kept& kept = found->second;
  // That it is released later is no sign that its link moves.
  if (kept.place == Place::Pending) --pending_;
  const auto link = links_.find(kept.run->session);
  if (kept.place == Place::Sent && link != links_.end() &&
      link->second.opening == kept.link_opening) {
    const std::uint64_t bytes = kept.text.size() + kPerResultBytes;
    link->second.in_flight_bytes -= std::min(link->second.in_flight_bytes, bytes);
  }
  if (kept.place != Place::Insured) insure(lease, kept);
  return &kept.text;
}

std::optional<DirectReturns::Notice> DirectReturns::on_its_way(std::uint64_t lease,
                                                               TimePoint now) const {
  const auto found = kept_.find(lease);
  if (found == kept_.end()) return std::nullopt;
  const Kept& kept = found->second;
  const auto link = links_.find(kept.run->session);
  const bool is_moving = link != links_.end() && link->second.state == Link::State::Ready &&
                         now - link->second.last_progress < kProgress;
  const bool is_on_link =
      kept.place == Place::Pending ||
      (kept.place == Place::Sent && is_moving && kept.link_opening == link->second.opening);
  if (!is_moving || !is_on_link) return std::nullopt;
  return kept.notice(lease);
}

std::vector<DirectReturns::Notice> DirectReturns::kept() const {
  std::vector<Notice> notices;
  for (const auto& [key, kept] : kept_) {
    if (kept.is_orphan) continue;
    notices.push_back(kept.notice(key));
  }
  return notices;
}

std::vector<std::uint64_t> DirectReturns::take_unreachable() {
  return std::exchange(unreachable_, {});
}

void DirectReturns::broker_found() {
  has_broker_ = true;
  beats_sent_ = 0;
  beats_answered_ = 0;
}

void DirectReturns::broker_lost(TimePoint now) {
  has_broker_ = false;
  for (const auto& [confirmation, key] : std::exchange(insured_, {})) {
    const auto found = kept_.find(key);
    if (found == kept_.end() || found->second.place != Place::Insured) continue;
    found->second.place = Place::Pending;
    ++pending_;
    wait_for_link(key, found->second, now);
  }
}

void DirectReturns::wait_for_link(std::uint64_t key, Kept& kept, TimePoint now) {
  const std::uint64_t session = kept.run->session;
  Link& link = link_for(*kept.run, now);
  link.pending.push_back(key);
  may_wait_ = true;
  if (link.state == Link::State::Closed && now >= link.not_before) open(session, link, now);
  send_pending(session, link);
}

/// What was sent has arrived or is made again; what was not is given to whoever still waits for it.
void DirectReturns::begin_era(TimePoint now) {
  broker_lost(now);
  unreachable_.clear();
  std::vector<std::pair<std::uint64_t, Kept>> orphans;
  for (auto& [key, kept] : kept_) {
    if (kept.place == Place::Pending) orphans.emplace_back(key, std::move(kept));
  }
  kept_.clear();
  kept_bytes_ = 0;
  pending_ = 0;
  for (auto& [session, link] : links_) {
    link.pending.clear();
    link.in_flight_bytes = 0;
  }
  for (auto& [key, kept] : orphans) {
    const std::uint64_t orphan = kOrphanBit | ++orphans_;
    kept.is_orphan = true;
    kept_bytes_ += kept.text.size() + kPerResultBytes;
    ++pending_;
    Kept& place = kept_[orphan];
    place = std::move(kept);
    wait_for_link(orphan, place, now);
  }
}

DirectReturns::Link& DirectReturns::link_for(const AssignedRun& run, TimePoint now) {
  if (links_.size() >= kMaxKnownSessions && !links_.contains(run.session)) forget_idle_links();
  Link& link = links_[run.session];
  link.last_used = now;
  // A client that came back may listen elsewhere; the next link goes there.
  if (link.state == Link::State::Closed) link.to = *run.reply_to;
  return link;
}

void DirectReturns::forget_idle_links() {
  std::erase_if(links_, [](const auto& entry) {
    return entry.second.state == Link::State::Closed && entry.second.pending.empty();
  });
}

void DirectReturns::count_result(Link& link, TimePoint now) {
  if (now - link.recent_since > kRecent) {
    link.recent_since = now;
    link.recent_results = 0;
  }
  ++link.recent_results;
}

void DirectReturns::open(std::uint64_t session, Link& link, TimePoint now) {
  if (open_links_ >= options_.max_links) close_least_recently_used();
  if (open_links_ >= options_.max_links) {
    link.not_before = now + kFirstPause;
    return;
  }
  ++open_links_;
  ++link.opening;
  link.state = Link::State::Greeting;
  link.in_flight_bytes = 0;
  may_wait_ = true;
  link.must_greet = true;
  link.give_up = now + kGreetingTime;
  wishes_.push_back({session, link.to.address()});
  mark_dirty(session, link);
}

void DirectReturns::close_least_recently_used() {
  auto oldest = links_.end();
  for (auto place = links_.begin(); place != links_.end(); ++place) {
    const Link& link = place->second;
    const bool is_idle =
        link.state == Link::State::Ready && link.pending.empty() && link.drafts.empty();
    if (!is_idle) continue;
    if (oldest == links_.end() || link.last_used < oldest->second.last_used) oldest = place;
  }
  if (oldest == links_.end()) return;
  oldest->second.state = Link::State::Closed;
  --open_links_;
  wishes_.push_back({oldest->first, {}});
}

/// The link cannot be used. What it did not carry goes through the broker, or waits for another.
void DirectReturns::fail(std::uint64_t session, Link& link, TimePoint now) {
  if (link.state == Link::State::Closed) return;
  link.state = Link::State::Closed;
  --open_links_;
  link.pause = std::clamp(2 * link.pause, kFirstPause, kLongestPause);
  link.not_before = now + link.pause;
  wishes_.push_back({session, {}});
  std::vector<std::uint64_t> unsent = std::exchange(link.taken, {});
  for (const Draft& draft : std::exchange(link.drafts, {})) {
    unsent.insert(unsent.end(), draft.keys.begin(), draft.keys.end());
  }
  for (const std::uint64_t key : unsent) {
    const auto found = kept_.find(key);
    if (found == kept_.end() || found->second.place != Place::Sent) continue;
    found->second.place = Place::Pending;
    ++pending_;
    link.pending.push_back(key);
  }
  may_wait_ = true;
  if (has_broker_) redirect_pending(link);
}

/// What waits for the link goes through the broker, if that broker knows of it.
void DirectReturns::redirect_pending(Link& link) {
  std::deque<std::uint64_t> still;
  for (const std::uint64_t key : std::exchange(link.pending, {})) {
    const auto found = kept_.find(key);
    // It may have been given to the broker meanwhile.
    if (found == kept_.end() || found->second.place != Place::Pending) continue;
    if (found->second.is_orphan) {
      still.push_back(key);
      continue;
    }
    --pending_;
    insure(key, found->second);
    unreachable_.push_back(key);
  }
  link.pending = std::move(still);
}

/// Sends what waits, as far as the link takes it.
void DirectReturns::send_pending(std::uint64_t session, Link& link) {
  if (link.state != Link::State::Ready) return;
  while (!link.pending.empty() && link.in_flight_bytes < options_.max_link_bytes) {
    const std::uint64_t key = link.pending.front();
    link.pending.pop_front();
    const auto found = kept_.find(key);
    if (found == kept_.end() || found->second.place != Place::Pending) continue;
    Kept& kept = found->second;
    kept.place = Place::Sent;
    kept.link_opening = link.opening;
    --pending_;
    add_to_draft(link, key, kept);
    mark_dirty(session, link);
    if (kept.is_orphan) {
      drop(found);
    } else {
      link.in_flight_bytes += kept.text.size() + kPerResultBytes;
    }
  }
}

void DirectReturns::add_to_draft(Link& link, std::uint64_t key, const Kept& kept) {
  if (link.drafts.empty() || link.drafts.back().block.size() >= kMessageBytes) {
    link.drafts.emplace_back();
  }
  Draft& draft = link.drafts.back();
  wire::Results& header = draft.header;
  const bool failed = kept.outcome != kDoneFinished;
  if (failed || header.failed_size() > 0) {
    while (header.failed_size() < header.sequences_size()) header.add_failed(false);
    header.add_failed(failed);
  }
  header.add_sequences(kept.sequence);
  header.add_attempts(kept.run->attempt);
  header.add_waited_us(in_microseconds(kept.waited));
  header.add_run_us(in_microseconds(kept.run_time + kept.load_time));
  wire::LengthsWriter(*header.mutable_lengths()).add(kept.text.size());
  draft.block.append(kept.text);
  draft.keys.push_back(key);
}

void DirectReturns::mark_dirty(std::uint64_t session, Link& link) {
  if (link.is_dirty) return;
  link.is_dirty = true;
  dirty_.push_back(session);
}

std::vector<DirectReturns::Wish> DirectReturns::take_wishes() {
  return std::exchange(wishes_, {});
}

std::optional<DirectReturns::Message> DirectReturns::next_message() {
  while (!dirty_.empty()) {
    const std::uint64_t session = dirty_.front();
    const auto found = links_.find(session);
    if (found != links_.end()) {
      Link& link = found->second;
      if (std::exchange(link.must_greet, false) && link.state == Link::State::Greeting) {
        wire::LinkHello hello;
        hello.set_link_id(link.to.link_id());
        return Message{session, wire::encode(hello)};
      }
      if (!link.drafts.empty()) {
        Draft draft = std::move(link.drafts.front());
        link.drafts.pop_front();
        draft.header.set_secret(link.to.secret());
        link.taken = std::move(draft.keys);
        return Message{session, wire::encode(draft.header, draft.block)};
      }
      link.taken.clear();
      link.is_dirty = false;
    }
    dirty_.pop_front();
  }
  return std::nullopt;
}

bool DirectReturns::is_greeting(std::uint64_t session) const {
  const auto found = links_.find(session);
  return found != links_.end() && found->second.state == Link::State::Greeting;
}

void DirectReturns::receive(std::uint64_t session, std::string_view bytes, TimePoint now) {
  const auto found = links_.find(session);
  if (found == links_.end() || found->second.state != Link::State::Greeting) return;
  Link& link = found->second;
  const auto envelope = wire::open(bytes);
  wire::LinkWelcome welcome;
  const bool is_ours = envelope && envelope->kind == wire::Kind::LinkWelcome &&
                       wire::read(*envelope, welcome) && welcome.link_key() == link.to.link_key();
  // Another program's answer is no answer.
  if (!is_ours) return;
  link.state = Link::State::Ready;
  link.last_progress = now;
  link.pause = {};
  send_pending(session, link);
}

void DirectReturns::cannot_send(std::uint64_t session, TimePoint now) {
  if (const auto found = links_.find(session); found != links_.end()) {
    fail(session, found->second, now);
  }
}

void DirectReturns::pass_time(TimePoint now) {
  if (!std::exchange(may_wait_, false)) return;
  for (auto& [session, link] : links_) {
    if (link.state == Link::State::Greeting && now >= link.give_up) fail(session, link, now);
    if (link.state == Link::State::Greeting) may_wait_ = true;
    if (link.state != Link::State::Closed || link.pending.empty()) continue;
    if (has_broker_) redirect_pending(link);
    std::erase_if(link.pending, [&](std::uint64_t key) {
      const auto found = kept_.find(key);
      if (found == kept_.end()) return true;
      if (now - found->second.since < kOrphanTime) return false;
      drop(found);
      return true;
    });
    if (!link.pending.empty() && now >= link.not_before) open(session, link, now);
    may_wait_ = may_wait_ || !link.pending.empty();
  }
}

std::optional<TimePoint> DirectReturns::next_deadline() const {
  std::optional<TimePoint> due;
  if (!may_wait_) return due;
  const auto add = [&due](TimePoint time) { due = due ? std::min(*due, time) : time; };
  for (const auto& [session, link] : links_) {
    if (link.state == Link::State::Greeting) add(link.give_up);
    if (link.state == Link::State::Closed && !link.pending.empty()) add(link.not_before);
  }
  return due;
}

}  // namespace steelyard::zmq_runtime
