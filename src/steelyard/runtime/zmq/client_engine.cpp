#include "steelyard/runtime/zmq/client_engine.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/direct_address.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard {
namespace {

constexpr std::uint64_t kMaxMessageBytes = 1ULL << 30;
constexpr std::chrono::milliseconds kLongestWait{1000};
constexpr std::chrono::milliseconds kGoodbyeGrace{1000};
/// How often the keeper works the sockets while other threads are about to wait again.
constexpr std::chrono::milliseconds kWatch{2};
/// After this many looks without a thread that takes answers the keeper polls itself.
constexpr int kQuietLooks = 10;

bool never() {
  return false;
}

}  // namespace

Client::Engine::Engine(ClientOptions options)
    : options_(std::move(options)),
      owner_(getpid()),
      session_(
          zmq_runtime::random_key(), zmq_runtime::peer_name(options_.name),
          [this](const Session::Answer& answer) { on_answer(answer); },
          [this](std::uint64_t request, Result<std::string> report) {
            on_report(request, std::move(report));
          }),
      context_(options_.context ? options_.context : std::make_shared<Context>()),
      socket_(context_, zmq_runtime::Socket::Kind::Dealer, kMaxMessageBytes) {
  Result<void> usable = zmq_runtime::check_endpoint(options_.endpoint);
  if (usable) usable = socket_.connect(options_.endpoint);
  if (!usable) failure_ = usable.error();
  if (usable && options_.direct) listen_for_results();
  thread_ = std::jthread([this] { keep(); });
}

Client::Engine::~Engine() {
  STEELYARD_ASSERT(getpid() == owner_);
  Lock lock(mutex_);
  closing_ = true;
  wakeup_.signal();
  changed_.notify_all();
  keeper_.notify_all();
  // A thread that waits for answers leaves first, and then waits for them at its queue.
  changed_.wait(lock, [this] { return waiting_ == 0; });
  for (CompletionQueue* queue : queues_) queue->detach(*this);
  lock.unlock();
  thread_.join();
}

void Client::Engine::submit(const Session::Kind& kind, Payloads payloads, Sink sink) {
  STEELYARD_ASSERT(getpid() == owner_);
  const std::size_t count = payloads.size();
  if (count == 0) return;
  Lock lock(mutex_);
  // A batch larger than the limit goes when nothing else is on its way.
  const auto has_room = [&] {
    return failure_ || unfinished_ == 0 || unfinished_ + count <= options_.max_unfinished_jobs;
  };
  if (!has_room()) wait_until(lock, has_room, TimePoint::max());
  if (closing_ || failure_) {
    const Error error = failure_.value_or(Error{ErrorCode::Stopped, "the client is closing"});
    lock.unlock();
    return refuse(std::move(sink), count, error);
  }
  unfinished_ += count;
  stats_.submitted += count;
  if (sink.queue != nullptr && queues_.insert(sink.queue).second) sink.queue->attach(*this);
  const std::uint64_t first = session_.submit(kind, payloads, zmq_runtime::now());
  sink.unanswered = count;
  sinks_.emplace(first, std::move(sink));
  exchange();
  hurry_poller();
}

void Client::Engine::refuse(Sink sink, std::size_t count, const Error& error) {
  for (auto& promise : sink.promises) promise.set(tl::unexpected(error));
  if (sink.queue == nullptr) return;
  std::vector<Completion> completions;
  for (std::size_t i = 0; i < count; ++i) {
    completions.push_back({sink.first_tag + i, tl::unexpected(error)});
  }
  sink.queue->push(std::move(completions));
}

Result<void> Client::Engine::connect(std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  const auto decided = [this] { return session_.conversation().welcomed() || failure_; };
  wait_until(lock, decided, zmq_runtime::now() + timeout);
  if (failure_) return tl::unexpected(*failure_);
  if (!decided()) return tl::unexpected(not_connected(timeout));
  return {};
}

Result<std::string> Client::Engine::query(std::string_view what,
                                          std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  const std::uint64_t request = ++next_request_;
  session_.query(request, what);
  reports_[request] = std::nullopt;
  exchange();
  wait_until(
      lock, [&] { return reports_[request] || failure_; }, zmq_runtime::now() + timeout);
  std::optional<Result<std::string>> report = std::move(reports_[request]);
  reports_.erase(request);
  if (report) return std::move(*report);
  if (failure_) return tl::unexpected(*failure_);
  if (!session_.conversation().welcomed()) return tl::unexpected(not_connected(timeout));
  return failure(ErrorCode::TimedOut,
                 fmt::format("no report from {} within {} ms", options_.endpoint, timeout.count()));
}

Client::Stats Client::Engine::stats() const {
  const std::scoped_lock lock(mutex_);
  Stats stats = stats_;
  const zmq_runtime::Conversation& conversation = session_.conversation();
  stats.repeated = session_.repeated();
  stats.direct = session_.direct();
  stats.forged = session_.forged();
  stats.reconnects = conversation.welcomes() > 0 ? conversation.welcomes() - 1 : 0;
  return stats;
}

Error Client::Engine::not_connected(std::chrono::milliseconds timeout) const {
  return {ErrorCode::NotConnected,
          fmt::format("no broker answered at {} within {} ms", options_.endpoint, timeout.count())};
}

void Client::Engine::work_until(const std::function<bool()>& done,
                                std::chrono::steady_clock::time_point deadline) {
  Lock lock(mutex_);
  ++takes_;
  ++takers_;
  // The keeper makes way.
  if (polling_ && takers_ == 1) wakeup_.signal();
  wait_until(lock, done, TimePoint(deadline.time_since_epoch()));
  --takers_;
}

/// Waits until `done`, `deadline` or the end of the client, and polls unless another thread does.
void Client::Engine::wait_until(Lock& lock, const std::function<bool()>& done, TimePoint deadline) {
  STEELYARD_ASSERT(getpid() == owner_);
  ++waiting_;
  while (!closing_ && !done()) {
    if (!polling_) {
      poll(lock, done, deadline);
    } else {
      changed_.wait_for(lock, zmq_runtime::until(deadline, kLongestWait));
    }
    if (zmq_runtime::now() >= deadline) break;
  }
  --waiting_;
  // Somebody else takes over the polling, or the closing.
  if (waiting_ > 0 || closing_) changed_.notify_all();
}

/// Works the sockets once, waiting for them unless that was enough. Requires: nobody polls.
void Client::Engine::poll(Lock& lock, const std::function<bool()>& done, TimePoint deadline) {
  exchange();
  if (done() || closing_) return;
  polling_ = true;
  poll_until_ = std::min(due(), deadline);
  const auto wait = zmq_runtime::until(poll_until_, kLongestWait);
  const std::array sockets{&socket_, direct_ ? &*direct_ : nullptr};
  lock.unlock();
  zmq_runtime::Socket::wait(std::span(sockets).first(direct_ ? 2 : 1), wakeup_, wait);
  lock.lock();
  polling_ = false;
  exchange();
}

/// The keeper polls while no other thread does, and looks after the sockets while others come and
/// go.
void Client::Engine::keep() {
  Lock lock(mutex_);
  std::uint64_t takes_before = 0;
  int quiet_looks = kQuietLooks;
  while (!goodbye_is_over()) {
    if (closing_) say_goodbye();
    quiet_looks = takes_ == takes_before && takers_ == 0 ? quiet_looks + 1 : 0;
    takes_before = takes_;
    if (closing_ && !polling_) {
      poll(
          lock, [this] { return goodbye_is_over(); }, TimePoint::max());
    } else if (quiet_looks > kQuietLooks && !polling_) {
      poll(lock, never, TimePoint::max());
    } else {
      if (!polling_) exchange();
      keeper_.wait_for(lock, kWatch);
    }
  }
  session_.answer_all(ErrorCode::Stopped, "the client was closed before the answer came",
                      zmq_runtime::now());
  publish();
}

void Client::Engine::say_goodbye() {
  if (goodbye_until_) return;
  session_.leave();
  goodbye_until_ = zmq_runtime::now() + kGoodbyeGrace;
}

/// Whether the goodbye was answered, or there is nobody to say it to.
bool Client::Engine::goodbye_is_over() const {
  return goodbye_until_ && (session_.over() || !session_.conversation().welcomed() ||
                            zmq_runtime::now() >= *goodbye_until_);
}

/// Where that is not possible, results come through the broker.
void Client::Engine::listen_for_results() {
  const auto address = zmq_runtime::direct_address(options_.endpoint);
  if (!address) return;
  direct_.emplace(context_, zmq_runtime::Socket::Kind::Router, kMaxMessageBytes);
  if (const auto bound = direct_->bind(*address)) {
    session_.offer_direct(*bound);
  } else {
    direct_.reset();
  }
}

/// Sends and receives all there is. Afterwards the arrival of a message ends the poller's wait.
void Client::Engine::exchange() {
  send_all();
  do {
    receive_all();
    session_.pass_time(zmq_runtime::now());
    const zmq_runtime::Conversation& conversation = session_.conversation();
    if (conversation.state() == zmq_runtime::Conversation::State::Refused) {
      if (!failure_) failure_ = conversation.refusal();
      session_.answer_all(failure_->code, failure_->context, zmq_runtime::now());
    }
    send_all();
  } while (socket_.has_input() || (direct_ && direct_->has_input()));
  publish();
}

void Client::Engine::receive_all() {
  while (const auto message = socket_.receive()) {
    session_.receive({message->data<char>(), message->size()}, zmq_runtime::now());
  }
  receive_results();
}

void Client::Engine::receive_results() {
  if (!direct_) return;
  std::string route;
  while (const auto message = direct_->receive(&route)) {
    auto answer =
        session_.receive_direct({message->data<char>(), message->size()}, zmq_runtime::now());
    // A link that takes nothing is not used by its worker.
    if (answer) static_cast<void>(direct_->send_to(route, std::move(*answer)));
  }
}

void Client::Engine::send_all() {
  while (auto message = session_.next_message(zmq_runtime::now())) {
    if (socket_.send(std::move(*message))) continue;
    session_.cannot_send(zmq_runtime::now());
    return;
  }
}

/// The one who polls must not sleep over what is due now.
void Client::Engine::hurry_poller() {
  if (polling_ && due() < poll_until_) wakeup_.signal();
}

void Client::Engine::on_answer(const Session::Answer& answer) {
  ++answered_;
  const auto place = std::prev(sinks_.upper_bound(answer.sequence));
  Sink& sink = place->second;
  const std::uint64_t i = answer.sequence - place->first;
  Result<std::string> result = std::string(answer.text);
  if (answer.code) result = failure(*answer.code, std::string(answer.text));
  if (sink.queue == nullptr) {
    resolved_.emplace_back(std::move(sink.promises[i]), std::move(result));
  } else {
    completions_[sink.queue].push_back({sink.first_tag + i, std::move(result), answer.times});
  }
  if (--sink.unanswered == 0) sinks_.erase(place);
}

void Client::Engine::on_report(std::uint64_t request, Result<std::string> report) {
  const auto waiting = reports_.find(request);
  if (waiting == reports_.end()) return;  // nobody waits for it any more
  waiting->second = std::move(report);
}

/// Shows other threads what has happened: first in the counts, then in the answers.
void Client::Engine::publish() {
  unfinished_ -= answered_;
  stats_.answered += std::exchange(answered_, 0);
  for (auto& [promise, result] : std::exchange(resolved_, {})) promise.set(std::move(result));
  for (auto& [queue, completions] : std::exchange(completions_, {})) {
    queue->push(std::move(completions));
  }
  if (waiting_ > 0) changed_.notify_all();
}

TimePoint Client::Engine::due() const {
  TimePoint due = session_.next_deadline().value_or(TimePoint::max());
  if (goodbye_until_) due = std::min(due, *goodbye_until_);
  return due;
}

}  // namespace steelyard
