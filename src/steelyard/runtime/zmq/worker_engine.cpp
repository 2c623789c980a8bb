#include "steelyard/runtime/zmq/worker_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/worker_running.hpp"

/// Threads and socket; what a job does is in worker_perform.cpp.
namespace steelyard {

using zmq_runtime::AssignedJob;
using zmq_runtime::JobReport;
using zmq_runtime::Preload;

namespace {

constexpr std::chrono::microseconds kShortestLoad{1};
constexpr std::uint64_t kMaxMessageBytes = 1ULL << 30;
constexpr std::chrono::milliseconds kLongestWait{1000};
/// How often the keeper looks whether every slot works and nobody polls.
constexpr std::chrono::milliseconds kWatch{10};
/// When no slot has begun a job for so long, what waits behind them is handed back.
constexpr std::chrono::milliseconds kHeldUp{10};
/// While there is more to do, reports gather for so long.
constexpr std::chrono::milliseconds kGatherReports{1};
/// After this many looks at an idle worker the keeper sleeps until a job is begun.
constexpr int kQuietLooks = 50;
/// How long a leaving worker waits to be dismissed by a broker that has welcomed it.
constexpr std::chrono::seconds kLeaveGrace{5};

Result<void> check_tags(const std::vector<std::string>& tags) {
  if (tags.size() > zmq_runtime::kMaxTagsPerWorker) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("{} tags are given, {} are allowed", tags.size(),
                               zmq_runtime::kMaxTagsPerWorker));
  }
  for (const std::string& tag : tags) {
    if (!is_valid_name(tag))
      return failure(ErrorCode::InvalidName, "'" + tag + "' cannot be a tag");
  }
  return {};
}

Result<void> check(const RemoteWorkerOptions& options) {
  if (auto usable = zmq_runtime::check_endpoint(options.endpoint); !usable) return usable;
  if (options.slots == 0 || options.slots > zmq_runtime::kMaxSlots) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("slots = {}: use 1 to {}", options.slots, zmq_runtime::kMaxSlots));
  }
  if (!std::isfinite(options.weight) || options.weight <= 0) {
    return failure(ErrorCode::InvalidArgument, "weight: use a number above 0");
  }
  if (options.priority_min > options.priority_max) {
    return failure(ErrorCode::InvalidArgument, "priority_min is above priority_max");
  }
  if (options.cancel_grace < std::chrono::milliseconds(0)) {
    return failure(ErrorCode::InvalidArgument, "cancel_grace is below 0");
  }
  if (options.max_states == 0 || options.max_states > zmq_runtime::kMaxStates) {
    return failure(
        ErrorCode::InvalidArgument,
        fmt::format("max_states = {}: use 1 to {}", options.max_states, zmq_runtime::kMaxStates));
  }
  return check_tags(options.tags);
}

}  // namespace

Worker::Engine::Engine(RemoteWorkerOptions options)
    : options_(std::move(options)),
      machine_load_(options_.machine_load_file),
      state_(options_.max_states) {}

Result<void> Worker::Engine::serve(const std::string& queue, TaskFunction task,
                                   TaskOptions options) {
  STEELYARD_ASSERT(!session_);
  if (!is_valid_name(queue)) {
    return failure(ErrorCode::InvalidName, "'" + queue + "' cannot name a queue");
  }
  if (!tasks_.try_emplace(queue, Task{std::move(task), std::move(options)}).second) {
    return failure(ErrorCode::InvalidArgument, "queue '" + queue + "' has a task already");
  }
  return {};
}

Result<void> Worker::Engine::run() {
  if (auto usable = check(options_); !usable) return usable;
  if (tasks_.empty()) return failure(ErrorCode::InvalidArgument, "no queue is served");
  {
    const std::scoped_lock lock(mutex_);
    session_.emplace(offer());
    const auto context = options_.context ? options_.context : std::make_shared<Context>();
    socket_.emplace(context, zmq_runtime::Socket::Kind::Dealer, kMaxMessageBytes);
    links_.emplace(context, kMaxMessageBytes);
    if (auto connected = socket_->connect(options_.endpoint); !connected) return connected;
  }
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < options_.slots; ++i) threads.emplace_back([this] { work(); });
    keep_watch();
  }
  const zmq_runtime::Conversation& conversation = session_->conversation();
  if (conversation.state() == zmq_runtime::Conversation::State::Refused) {
    return tl::unexpected(conversation.refusal());
  }
  return {};
}

Worker::Engine::Session::Options Worker::Engine::offer() const {
  Session::Options offer{zmq_runtime::random_key(),
                         zmq_runtime::peer_name(options_.name),
                         {},
                         options_.slots,
                         options_.weight,
                         options_.priority_min,
                         options_.priority_max,
                         options_.tags,
                         options_.max_states,
                         options_.state_memory_bytes};
  for (const auto& [queue, task] : tasks_) offer.queues.push_back(queue);
  return offer;
}

void Worker::Engine::stop() noexcept {
  stop_ = true;
  wakeup_.signal();
}

void Worker::Engine::stop_now() noexcept {
  stop_now_ = true;
  wakeup_.signal();
}

Worker::Stats Worker::Engine::stats() const {
  const std::scoped_lock lock(mutex_);
  Stats stats = stats_;
  stats.running = running_;
  stats.leaving = stop_ || stop_now_ || leave_until_;
  if (session_) {
    const zmq_runtime::Conversation& conversation = session_->conversation();
    stats.connected = conversation.welcomed();
    stats.reconnects = conversation.welcomes() > 0 ? conversation.welcomes() - 1 : 0;
  }
  return stats;
}

/// One slot: run what waits; when nothing does, poll, or wait for the one who polls.
void Worker::Engine::work() {
  Lock lock(mutex_);
  while (!ended()) {
    if (work_once(lock)) continue;
    if (!polling_) {
      poll(lock);
    } else {
      slots_.wait(lock);
    }
  }
  slots_.notify_all();
  keeper_.notify_all();
}

/// Returns whether there was something to do.
bool Worker::Engine::work_once(Lock& lock) {
  if (const std::optional<Preload> preload = session_->take_preload()) {
    run_preload(lock, *preload);
    return true;
  }
  if (const std::optional<AssignedJob> job = session_->take()) {
    run_job(lock, *job);
    return true;
  }
  return false;
}

/// Something that needs `state` begins on a slot.
void Worker::Engine::begin(const std::string& state) {
  ++running_;
  last_begin_ = zmq_runtime::now();
  believed_.begin(state);
  if (std::exchange(keeper_sleeps_, false)) keeper_.notify_one();
  // Another slot takes over what this one leaves: the next job, or the polling.
  if (running_ < options_.slots) slots_.notify_one();
}

void Worker::Engine::run_job(Lock& lock, const AssignedJob& job) {
  begin(job.run->state);
  const TimePoint began = last_begin_;
  Running running(*this, job);
  running_jobs_.push_back(&running);
  lock.unlock();
  Performed outcome = perform(running);
  const TimePoint end = zmq_runtime::now();
  const auto total = std::chrono::duration_cast<std::chrono::microseconds>(end - began);
  // What a process says about its loads may be anything.
  std::chrono::microseconds& load_time = outcome.report.states.load_time;
  load_time = std::min(load_time, std::max(total, kShortestLoad));
  outcome.report.run_time = std::max(total - load_time, std::chrono::microseconds(0));
  lock.lock();
  --running_;
  std::erase(running_jobs_, &running);
  report(job, std::move(outcome), end);
}

void Worker::Engine::run_preload(Lock& lock, const Preload& preload) {
  begin(preload.state);
  lock.unlock();
  const Result<WorkerState::Notes> loaded = load(preload);
  zmq_runtime::PreloadReport report;
  report.failed = !loaded;
  if (loaded) {
    report.load_time = std::chrono::duration_cast<std::chrono::microseconds>(loaded->load_time);
    report.bytes = loaded->bytes;
  }
  lock.lock();
  --running_;
  believed_.end_load(preload.state, report.failed);
  ++(loaded ? stats_.loads : stats_.failed_loads);
  if (!loaded) stats_.last_load_error = loaded.error().context;
  session_->finish(preload, report);
  tell(zmq_runtime::now());
}

void Worker::Engine::report(const AssignedJob& job, Performed performed, TimePoint now) {
  JobReport& report = performed.report;
  ++(report.outcome == zmq_runtime::kDoneFinished    ? stats_.finished
     : report.outcome == zmq_runtime::kDoneForwarded ? stats_.forwarded
     : report.outcome == zmq_runtime::kDoneStopped   ? stats_.stopped
     : report.outcome == zmq_runtime::kDoneKilled    ? stats_.stopped
                                                     : stats_.failed);
  if (report.states.load_time.count() > 0) ++stats_.loads;
  if (report.states.load_failed) ++stats_.failed_loads;
  if (job.era != session_->era()) {
    believed_.end_unheard(job.run->state);
  } else {
    // What was said on a connection that was cut may be lost.
    const std::uint64_t welcomes = session_->conversation().welcomes();
    if (std::exchange(welcomes_, welcomes) != welcomes) believed_.doubt();
    report.states.holds =
        believed_.end_job(job.run->state, report.states.load_failed, performed.holds);
  }
  session_->finish(job, std::move(report), now);
  tell(now);
}

void Worker::Engine::tell(TimePoint now) {
  // With more to do, reports gather a little; with nothing to do, they leave at once.
  if (session_->has_waiting() && now - last_exchange_ < kGatherReports) return;
  exchange();
  wake_poller();
}

/// The one who polls may be needed for a job that came, or must not sleep over what is due.
void Worker::Engine::wake_poller() {
  const bool has_work = session_->has_waiting() || session_->has_preload();
  if (polling_ && (has_work || due() < poll_until_)) wakeup_.signal();
}

/// The keeper: polls while every slot works.
void Worker::Engine::keep_watch() {
  Lock lock(mutex_);
  std::uint64_t done_before = 0;
  int quiet_looks = 0;
  while (!ended()) {
    const std::uint64_t done = stats_.finished + stats_.forwarded + stats_.failed + stats_.stopped;
    quiet_looks = running_ == 0 && done == done_before ? quiet_looks + 1 : 0;
    done_before = done;
    if (running_ == options_.slots && !polling_) {
      poll(lock);
    } else if (quiet_looks > kQuietLooks) {
      keeper_sleeps_ = true;
      keeper_.wait(lock, [this] { return !keeper_sleeps_ || ended(); });
      keeper_sleeps_ = false;
      quiet_looks = 0;
    } else {
      keeper_.wait_for(lock, kWatch);
    }
  }
  slots_.notify_all();
}

/// Waits for messages, stops, and the reports of others. Requires: nobody polls.
void Worker::Engine::poll(Lock& lock) {
  polling_ = true;
  exchange();
  // A job that waits is begun at once by a slot that is free, and by nobody while all of them work.
  const bool can_begin =
      (session_->has_waiting() || session_->has_preload()) && running_ < options_.slots;
  if (!ended() && !can_begin) {
    poll_until_ = due();
    std::vector<int> descriptors{socket_->descriptor()};
    links_->add_to(descriptors);
    lock.unlock();
    zmq_runtime::Socket::wait(descriptors, wakeup_, zmq_runtime::until(poll_until_, kLongestWait));
    lock.lock();
    exchange();
  }
  polling_ = false;
  slots_.notify_one();
}

/// When something is to be done although nothing comes.
TimePoint Worker::Engine::due() const {
  TimePoint due = session_->next_deadline().value_or(TimePoint::max());
  if (leave_until_) due = std::min(due, *leave_until_);
  if (const auto ignored = next_ignored_stop()) due = std::min(due, *ignored);
  // Without a broker there is nobody to hand it back to, now or soon.
  if (session_->has_waiting() && session_->conversation().welcomed()) {
    due = std::min(due, last_begin_ + kHeldUp);
  }
  return due;
}

/// Receives and sends all there is. Afterwards the arrival of a message ends the poller's wait.
/// Requires: mutex_ is held.
void Worker::Engine::exchange() {
  obey_stop();
  do {
    while (const auto message = socket_->receive()) {
      session_->receive({message->data<char>(), message->size()}, zmq_runtime::now());
    }
    last_exchange_ = zmq_runtime::now();
    session_->pass_time(last_exchange_);
    obey_orders(last_exchange_);
    note_ignored_stops(last_exchange_);
    hand_back_what_waits();
    send_all();
  } while (socket_->has_input() || links_->has_input());
}

/// Results first: somebody waits for them.
void Worker::Engine::send_all() {
  note_machine_load();
  links_->exchange(session_->returns());
  while (auto message = session_->next_message(zmq_runtime::now())) {
    if (socket_->send(std::move(*message))) continue;
    session_->cannot_send(zmq_runtime::now());
    return;
  }
}

/// Once per beat.
void Worker::Engine::note_machine_load() {
  if (session_->beat_due(zmq_runtime::now())) session_->note_machine_load(machine_load_.look());
}

/// While no slot comes to it, others may do it sooner.
void Worker::Engine::hand_back_what_waits() {
  if (running_ == options_.slots && last_exchange_ - last_begin_ >= kHeldUp) session_->hand_back();
}

void Worker::Engine::obey_stop() {
  if (stop_ && !session_->conversation().welcomed()) drop_partials();
  if (stop_now_) {
    stop_running(zmq_runtime::now());
    session_->leave_at_once();
  } else if (stop_ && !leave_until_) {
    session_->leave();
    leave_until_ = zmq_runtime::now() + kLeaveGrace;
  } else if (stop_ && (running_ > 0 || is_keeping())) {
    // The grace is for the broker's silence, not for the work in hand or results on their way.
    leave_until_ = zmq_runtime::now() + kLeaveGrace;
  }
}

/// Whether results are kept, and the broker is there to say for how long.
bool Worker::Engine::is_keeping() const {
  return session_->conversation().welcomed() && !session_->keeps_nothing();
}

bool Worker::Engine::ended() const {
  const zmq_runtime::Conversation& conversation = session_->conversation();
  if (session_->dismissed() || conversation.state() == zmq_runtime::Conversation::State::Refused) {
    return true;
  }
  if (!leave_until_ || running_ > 0) return false;
  const bool nothing_to_say = !conversation.welcomed() && session_->holds_nothing();
  return nothing_to_say || zmq_runtime::now() >= *leave_until_;
}

}  // namespace steelyard
