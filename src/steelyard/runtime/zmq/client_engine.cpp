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
  thread_ = std::jthread([this] { run(); });
}

Client::Engine::~Engine() {
  STEELYARD_ASSERT(getpid() == owner_);
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    room_.notify_all();
  }
  wakeup_.signal();
}

void Client::Engine::submit(Submission submission) {
  STEELYARD_ASSERT(getpid() == owner_);
  const std::size_t count = submission.payloads.size();
  if (count == 0) return;
  std::unique_lock lock(mutex_);
  // A batch larger than the limit goes when nothing else is on its way.
  room_.wait(lock, [&] {
    return closing_ || failure_ || unfinished_ == 0 ||
           unfinished_ + count <= options_.max_unfinished_jobs;
  });
  if (closing_ || failure_) {
    const Error error = failure_.value_or(Error{ErrorCode::Stopped, "the client is closing"});
    lock.unlock();
    return refuse(std::move(submission), error);
  }
  unfinished_ += count;
  stats_.submitted += count;
  inbox_.push_back(std::move(submission));
  wake(std::move(lock));
}

void Client::Engine::refuse(Submission submission, const Error& error) {
  for (auto& promise : submission.sink.promises) promise.set(tl::unexpected(error));
  if (submission.sink.queue == nullptr) return;
  std::vector<Completion> completions;
  for (std::size_t i = 0; i < submission.payloads.size(); ++i) {
    completions.push_back({submission.sink.first_tag + i, tl::unexpected(error)});
  }
  submission.sink.queue->push(std::move(completions));
}

Result<void> Client::Engine::connect(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [this] { return welcomed_ || failure_; });
  if (failure_) return tl::unexpected(*failure_);
  if (!welcomed_) return tl::unexpected(not_connected(timeout));
  return {};
}

Result<std::string> Client::Engine::query(std::string_view what,
                                          std::chrono::milliseconds timeout) {
  std::uint64_t request = 0;
  {
    std::unique_lock lock(mutex_);
    request = ++next_request_;
    queries_.emplace_back(request, what);
    reports_[request] = std::nullopt;
    wake(std::move(lock));
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return reports_[request] || failure_; });
  std::optional<Result<std::string>> report = std::move(reports_[request]);
  reports_.erase(request);
  if (report) return std::move(*report);
  if (failure_) return tl::unexpected(*failure_);
  if (!welcomed_) return tl::unexpected(not_connected(timeout));
  return failure(ErrorCode::TimedOut,
                 fmt::format("no report from {} within {} ms", options_.endpoint, timeout.count()));
}

Client::Stats Client::Engine::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

Error Client::Engine::not_connected(std::chrono::milliseconds timeout) const {
  return {ErrorCode::NotConnected,
          fmt::format("no broker answered at {} within {} ms", options_.endpoint, timeout.count())};
}

/// Lets the thread look at the inbox, unless it is going to anyway.
void Client::Engine::wake(std::unique_lock<std::mutex> lock) {
  const bool asleep = std::exchange(asleep_, false);
  lock.unlock();
  if (asleep) wakeup_.signal();
}

void Client::Engine::run() {
  while (true) {
    take_inbox();
    if (closing()) say_goodbye();
    exchange();
    publish();
    if (goodbye_is_over()) break;
    if (nothing_handed_in()) wait();
  }
  take_inbox();
  session_.answer_all(ErrorCode::Stopped, "the client was closed before the answer came",
                      zmq_runtime::now());
  publish();
}

bool Client::Engine::closing() const {
  const std::scoped_lock lock(mutex_);
  return closing_;
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

void Client::Engine::wait() {
  const std::array sockets{&socket_, direct_ ? &*direct_ : nullptr};
  zmq_runtime::Socket::wait(std::span(sockets).first(direct_ ? 2 : 1), wakeup_, time_to_wait());
}

/// Moves what other threads handed in into the session.
void Client::Engine::take_inbox() {
  std::vector<Submission> taken;
  {
    const std::scoped_lock lock(mutex_);
    asleep_ = false;
    taken.swap(inbox_);
    for (auto& [request, what] : std::exchange(queries_, {})) session_.query(request, what);
  }
  for (Submission& submission : taken) {
    const std::uint64_t first =
        session_.submit(submission.kind, submission.payloads, zmq_runtime::now());
    submission.sink.unanswered = submission.payloads.size();
    sinks_.emplace(first, std::move(submission.sink));
  }
}

bool Client::Engine::nothing_handed_in() {
  const std::scoped_lock lock(mutex_);
  asleep_ = inbox_.empty() && queries_.empty();
  return asleep_;
}

/// Receives and sends all there is.
void Client::Engine::exchange() {
  send_all();
  while (const auto message = socket_.receive()) {
    session_.receive({message->data<char>(), message->size()}, zmq_runtime::now());
  }
  receive_results();
  session_.pass_time(zmq_runtime::now());
  const zmq_runtime::Conversation& conversation = session_.conversation();
  if (conversation.state() == zmq_runtime::Conversation::State::Refused) {
    session_.answer_all(conversation.refusal().code, conversation.refusal().context,
                        zmq_runtime::now());
  }
  send_all();
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
  const std::scoped_lock lock(mutex_);
  const auto waiting = reports_.find(request);
  if (waiting == reports_.end()) return;  // nobody waits for it any more
  waiting->second = std::move(report);
  changed_.notify_all();
}

/// Shows other threads what has happened: first in the counts, then in the answers.
void Client::Engine::publish() {
  publish_counts();
  for (auto& [promise, result] : std::exchange(resolved_, {})) promise.set(std::move(result));
  // A queue is looked up anew each time: it may be gone once its last answer was pushed.
  for (auto& [queue, completions] : std::exchange(completions_, {})) {
    queue->push(std::move(completions));
  }
}

void Client::Engine::publish_counts() {
  const zmq_runtime::Conversation& conversation = session_.conversation();
  const std::scoped_lock lock(mutex_);
  if (!failure_ && conversation.state() == zmq_runtime::Conversation::State::Refused) {
    failure_ = conversation.refusal();
  }
  if (failure_ || welcomed_ != conversation.welcomed()) changed_.notify_all();
  if (failure_ || answered_ > 0) room_.notify_all();
  welcomed_ = conversation.welcomed();
  unfinished_ -= answered_;
  stats_.answered += std::exchange(answered_, 0);
  stats_.repeated = session_.repeated();
  stats_.direct = session_.direct();
  stats_.forged = session_.forged();
  stats_.reconnects = conversation.welcomes() > 0 ? conversation.welcomes() - 1 : 0;
}

std::chrono::milliseconds Client::Engine::time_to_wait() const {
  std::optional<TimePoint> due = session_.next_deadline();
  if (goodbye_until_) due = due ? std::min(*due, *goodbye_until_) : *goodbye_until_;
  return zmq_runtime::until(due, kLongestWait);
}

}  // namespace steelyard
