#include "steelyard/runtime/zmq/client_engine.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/direct_address.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"
#include "steelyard/runtime/zmq/peer.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard {
namespace {

constexpr std::uint64_t kMaxMessageBytes = 1ULL << 30;
constexpr std::chrono::milliseconds kLongestWait{1000};
constexpr std::chrono::milliseconds kGoodbyeGrace{1000};
/// How often the keeper works the sockets while other threads are about to wait again.
constexpr std::chrono::milliseconds kWatch{2};
constexpr std::chrono::milliseconds kLongestWatch{50};
constexpr std::chrono::milliseconds kSendRetryPause{10};
constexpr std::uint64_t kMaxStreamWindowBytes = std::uint64_t{16} << 20;
/// After this many looks without a thread that takes answers the keeper polls itself.
constexpr int kQuietLooks = 10;

bool never() {
  return false;
}

}  // namespace

Client::Engine::Session::Sinks Client::Engine::sinks() {
  Session::Sinks sinks;
  sinks.answers = [this](const Session::Answer& answer) { on_answer(answer); };
  sinks.reports = [this](std::uint64_t request, Result<std::string> report) {
    answer_question(request,
                    std::move(report).map([](std::string text) { return Reply(std::move(text)); }));
  };
  sinks.told = [this](std::uint64_t request, std::vector<JobStatus> told) {
    answer_question(request, Reply(std::move(told)));
  };
  sinks.pinned = [this](std::uint64_t request, PinStatus pinned) {
    answer_question(request, Reply(pinned));
  };
  sinks.cancelled = [this](std::uint64_t request, std::uint32_t place, Cancellation cancelled) {
    on_cancelled(request, place, cancelled);
  };
  sinks.news = [this](const Session::News& news) { on_news(news); };
  return sinks;
}

/// Only who blocks has time to try again.
Client::Engine::Session::Patience Client::Engine::patience(const ClientOptions& options) {
  if (options.when_full != WhenFull::Block) return {};
  return {options.max_submit_tries, Duration(options.block_timeout)};
}

Client::Engine::Engine(ClientOptions options)
    : options_(std::move(options)),
      owner_(getpid()),
      session_(zmq_runtime::random_key(), zmq_runtime::peer_name(options_.name), sinks(),
               patience(options_)),
      context_(options_.context ? options_.context : std::make_shared<Context>()),
      socket_(context_, zmq_runtime::Socket::Kind::Dealer, kMaxMessageBytes) {
  Result<void> usable = zmq_runtime::check_endpoint(options_.endpoint);
  if (usable) usable = socket_.connect(options_.endpoint);
  if (!usable) failure_ = usable.error();
  if (usable && options_.direct) listen_for_results();
  if (options_.own_thread) thread_ = std::jthread([this] { keep(); });
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
  lock.unlock();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    keep();
  }
  for (CompletionQueue* queue : queues_) queue->detach(*this);
}

JobId Client::Engine::submit(const Session::Kind& kind, Payloads payloads, const Answers& answers) {
  STEELYARD_ASSERT(getpid() == owner_);
  const std::size_t count = payloads.size();
  if (count == 0) return {};
  Lock lock(mutex_);
  std::optional<Error> no = misuse(kind, count, answers);
  if (!no) no = make_room(lock, count);
  const std::uint64_t first = no ? 0 : session_.submit(kind, payloads, zmq_runtime::now());
  Sink sink{{}, answers.queue, answers.first_tag, count, {}, {}, {}};
  sink.tags.assign(answers.tags.begin(), answers.tags.end());
  for (std::size_t i = 0; answers.futures != nullptr && i < count; ++i) {
    Promise<std::string>& promise = sink.promises.emplace_back(no ? 0 : first + i);
    answers.futures->push_back(promise.future());
  }
  if (no) {
    lock.unlock();
    refuse(std::move(sink), count, *no);
    return {session_.key(), 0};
  }
  unfinished_ += count;
  stats_.submitted += count;
  if (sink.queue != nullptr && queues_.insert(sink.queue).second) sink.queue->attach(*this);
  if (answers.tell_acknowledged && sink.queue != nullptr) {
    sink.acknowledged.resize(count);
    sink.job_queue = kind.queue;
    auto& line = unacknowledged_[kind.journal ? 1 : 0];
    for (std::size_t i = 0; i < count; ++i) line.push_back(first + i);
  }
  sinks_.emplace(first, std::move(sink));
  if (options_.own_thread) exchange();
  return {session_.key(), first};
}

/// What the broker would refuse, or what would go unnoticed.
std::optional<Error> Client::Engine::misuse(const Session::Kind& kind, std::size_t count,
                                            const Answers& answers) {
  const auto wrong = [](std::string text) { return Error{ErrorCode::InvalidArgument, text}; };
  if (!kind.key.empty() && count > 1) {
    return wrong(fmt::format("a key is for one job, and these are {}", count));
  }
  if (std::min({kind.delay, kind.start_within, kind.time_limit}).count() < 0) {
    return wrong("a time is less than 0");
  }
  if (kind.stream_window_bytes > kMaxStreamWindowBytes) {
    return wrong(fmt::format("stream_window_bytes = {} is over the limit of {}",
                             kind.stream_window_bytes, kMaxStreamWindowBytes));
  }
  if (kind.stream_window_bytes > 0 && answers.queue == nullptr) {
    return wrong("a future has one result: partial ones need a CompletionQueue, or Callbacks");
  }
  return std::nullopt;
}

/// Waits for room as the options say; the error is why the jobs cannot be handed in.
std::optional<Error> Client::Engine::make_room(Lock& lock, std::size_t count) {
  // A batch larger than the limit goes when nothing else is on its way.
  const auto has_room = [&] {
    return over() || unfinished_ == 0 || unfinished_ + count <= options_.max_unfinished_jobs;
  };
  const bool blocks = options_.when_full == WhenFull::Block;
  const Duration patience =
      blocks ? Duration(options_.block_timeout) : Duration(options_.send_retries * kSendRetryPause);
  if (!has_room()) wait_until(lock, has_room, zmq_runtime::now() + patience);
  if (auto error = over()) return error;
  if (has_room()) return std::nullopt;
  const std::string limit =
      fmt::format("{} jobs are on their way, the limit is max_unfinished_jobs = {}", unfinished_,
                  options_.max_unfinished_jobs);
  if (options_.when_full == WhenFull::Fail) return Error{ErrorCode::SessionFull, limit};
  if (blocks) return Error{ErrorCode::TimedOut, limit};
  stats_.dropped += count;
  return Error{ErrorCode::Dropped, limit};
}

/// Why no more jobs are taken.
std::optional<Error> Client::Engine::over() const {
  if (failure_) return failure_;
  if (ended_) return Error{ErrorCode::SessionEnded, "the client was closed"};
  if (closing_) return Error{ErrorCode::Stopped, "the client is closing"};
  return std::nullopt;
}

void Client::Engine::refuse(Sink sink, std::size_t count, const Error& error) {
  for (auto& promise : sink.promises) promise.set(tl::unexpected(error));
  if (sink.queue == nullptr) return;
  std::vector<Completion> completions;
  for (std::size_t i = 0; i < count; ++i) {
    completions.push_back({sink.tag(i), tl::unexpected(error)});
  }
  sink.queue->push(std::move(completions));
}

void Client::Engine::forget(CompletionQueue& queue) {
  const std::scoped_lock lock(mutex_);
  queues_.erase(&queue);
  completions_.erase(&queue);
  for (auto& [first, sink] : sinks_) {
    if (sink.queue == &queue) sink.queue = nullptr;
  }
}

Result<void> Client::Engine::connect(std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  const auto decided = [this] { return session_.conversation().welcomed() || failure_; };
  wait_until(lock, decided, zmq_runtime::now() + timeout);
  if (failure_) return tl::unexpected(*failure_);
  if (!decided()) return tl::unexpected(not_connected(timeout));
  return {};
}

Client::Stats Client::Engine::stats() const {
  const std::scoped_lock lock(mutex_);
  Stats stats = stats_;
  const zmq_runtime::Conversation& conversation = session_.conversation();
  stats.repeated = session_.repeated();
  stats.direct = session_.direct();
  stats.forged = session_.forged();
  stats.refused = session_.refused();
  stats.retried = session_.retried();
  stats.partials_dropped = session_.partials_dropped();
  stats.connected = conversation.welcomed();
  stats.reconnects = conversation.welcomes() > 0 ? conversation.welcomes() - 1 : 0;
  return stats;
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
  if (done()) return;
  polling_ = true;
  poll_until_ = std::min(due(), deadline);
  const auto wait = zmq_runtime::until(poll_until_, kLongestWait);
  const std::array descriptors{socket_.descriptor(), direct_ ? direct_->descriptor() : -1};
  lock.unlock();
  zmq_runtime::Socket::wait(descriptors, wakeup_, wait);
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
  std::chrono::milliseconds watch = kWatch;
  while (!goodbye_is_over()) {
    if (closing_) say_goodbye();
    const bool quiet = takes_ == takes_before;
    quiet_looks = quiet && takers_ == 0 ? quiet_looks + 1 : 0;
    takes_before = takes_;
    if (closing_ && !polling_) {
      poll(
          lock, [this] { return goodbye_is_over(); }, TimePoint::max());
    } else if (quiet_looks > kQuietLooks && !polling_) {
      poll(lock, never, TimePoint::max());
    } else {
      if (!polling_) exchange();
      // Beside a thread that waits for long there is nothing to look after.
      watch = polling_ && quiet ? std::min(2 * watch, kLongestWatch) : kWatch;
      keeper_.wait_for(lock, watch);
    }
  }
  session_.answer_all(ErrorCode::Stopped, "the client was closed before the answer came",
                      zmq_runtime::now());
  publish();
}

void Client::Engine::say_goodbye() {
  if (goodbye_until_) return;
  if (!ended_ || !session_.over()) session_.leave();
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
    if (acknowledgements_ != session_.acknowledgements()) tell_acknowledged();
    const zmq_runtime::Conversation& conversation = session_.conversation();
    if (conversation.state() == zmq_runtime::Conversation::State::Refused) {
      if (!failure_) failure_ = conversation.refusal();
      session_.answer_all(failure_->code, failure_->context, zmq_runtime::now());
    }
    pass_cancels(zmq_runtime::now());
    pass_questions(zmq_runtime::now());
    send_all();
  } while (socket_.has_input() || (direct_ && direct_->has_input()));
  publish();
  hurry_poller();
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
  if (!sink.acknowledged.empty()) acknowledge_answered(sink, place->first, answer);
  Result<std::string> result = std::string(answer.text);
  if (answer.code) result = failure(code_of(answer), std::string(answer.text));
  if (!sink.promises.empty()) {
    resolved_.emplace_back(std::move(sink.promises[i]), std::move(result));
  } else if (sink.queue != nullptr) {
    const std::uint64_t number = result ? 0 : number_at_broker(answer);
    completions_[sink.queue].push_back(
        {.tag = sink.tag(i), .result = std::move(result), .times = answer.times, .number = number});
  }
  if (--sink.unanswered == 0) sinks_.erase(place);
}

/// Who drops what there is no room for does so wherever that turns out.
ErrorCode Client::Engine::code_of(const Session::Answer& answer) {
  if (!answer.no_room || options_.when_full != WhenFull::Drop) return *answer.code;
  ++stats_.dropped;
  return ErrorCode::Dropped;
}

void Client::Engine::on_news(const Session::News& news) {
  const auto place = std::prev(sinks_.upper_bound(news.sequence));
  const Sink& sink = place->second;
  if (sink.queue == nullptr) {
    session_.partial_taken(news.sequence, news.attempt, news.partial.size());
    return;
  }
  const bool is_told_back = news.kind == Completion::Kind::Partial ||  //
                            news.kind == Completion::Kind::Progress;
  completions_[sink.queue].push_back(
      {.tag = sink.tag(news.sequence - place->first),
       .result = std::string(news.partial),
       .kind = news.kind,
       .progress = news.progress,
       .origin = {is_told_back ? this : nullptr, news.sequence, news.attempt}});
}

void Client::Engine::taken(std::span<const Completion> completions) {
  const std::scoped_lock lock(mutex_);
  for (const Completion& taken : completions) {
    if (taken.origin.source != this) continue;
    if (taken.kind == Completion::Kind::Progress) {
      session_.progress_taken(taken.origin.sequence);
    } else {
      session_.partial_taken(taken.origin.sequence, taken.origin.attempt, taken.result->size());
    }
  }
  exchange();
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
  // That of the last question stays when it is answered; a loop that heeded it would never rest.
  if (!questions_.empty()) due = std::min(due, questions_due_);
  for (const auto& cancelling : cancellings_) {
    if (!cancelling->looking) due = std::min(due, cancelling->again);
  }
  return due;
}

}  // namespace steelyard
