#include "steelyard/gateway/broker_link.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "steelyard/gateway/hand_in_groups.hpp"
#include "steelyard/gateway/waiter_table.hpp"

namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// How long the broker may take to say something about itself, and to be asked to cancel.
constexpr std::chrono::milliseconds kQueryTimeout{5'000};
constexpr std::chrono::milliseconds kGiveUpTimeout{15'000};

ClientOptions never_waiting(ClientOptions options) {
  options.when_full = WhenFull::Fail;
  options.send_retries = 0;
  options.own_thread = false;
  return options;
}

}  // namespace

/// One turn: what was handed in leaves, what has come is told. It is posted, or begun by a
/// descriptor or the timer; these hold no more than a weak reference, so that the link may go at
/// any time.
struct BrokerLink::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, ClientOptions asked)
      : thread(io),
        options(never_waiting(std::move(asked))),
        client(std::make_unique<Client>(options)),
        timer(io) {}

  void start() {
    for (const int descriptor : client->descriptors()) {
      watched.push_back(std::make_unique<asio::posix::stream_descriptor>(thread, descriptor));
      watch(*watched.back());
    }
    begin_turn();
  }

  void stop() {
    // The descriptors are the client's.
    for (auto& descriptor : watched) descriptor->release();
    watched.clear();
    timer.cancel();
    client.reset();
  }

  void watch(asio::posix::stream_descriptor& descriptor) {
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this(), &descriptor](boost::system::error_code error) {
                            const auto self = weak.lock();
                            if (error || !self || !self->client) return;
                            self->turn();
                            if (self->client) self->watch(descriptor);
                          });
  }

  /// Once for everything that this turn of the loop still brings.
  void begin_turn() {
    if (std::exchange(turn_is_posted, true)) return;
    asio::post(thread, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || !self->client) return;
      self->turn_is_posted = false;
      self->turn();
    });
  }

  void turn() {
    hand_in();
    drop_given_up();
    const Clock::time_point again = client->work();
    if (!client) return;  // who was answered has ended the link
    for (Completion& completion : queue.take_ready()) {
      tell(completion);
      if (!client) return;  // a waiter has ended the link
    }
    wake_at(again);
  }

  void wake_at(Clock::time_point again) {
    if (again >= wakes_at) return;
    wakes_at = again;
    timer.expires_at(again);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || !self || !self->client) return;
      self->wakes_at = Clock::time_point::max();
      self->turn();
    });
  }

  void hand_in() {
    groups.take([this](const HandInGroups::Group& group) {
      views.assign(group.payloads.begin(), group.payloads.end());
      const JobId first =
          client->submit_batch(group.queue, views, group.options, queue, group.tags);
      if (first.sequence == 0) return;
      for (std::size_t i = 0; i < group.tags.size(); ++i) {
        WaiterTable::Slot* slot = waiters.find(group.tags[i]);
        if (slot == nullptr) continue;
        slot->job = {first.session, first.sequence + i};
        if (slot->given_up) given_up.push_back(slot->job);
      }
    });
  }

  void drop_given_up() {
    if (given_up.empty()) return;
    client->cancel_then(std::exchange(given_up, {}), kGiveUpTimeout, {});
  }

  void tell(Completion& completion) {
    WaiterTable::Slot* slot = waiters.find(completion.tag);
    if (slot == nullptr) return;
    const std::shared_ptr<JobWaiter> waiter = slot->waiter;
    switch (completion.kind) {
      case Completion::Kind::Answer:
        if (!slot->given_up) --unanswered;
        waiters.remove(completion.tag);
        if (waiter) waiter->on_answer(std::move(completion.result), completion.times);
        return;
      case Completion::Kind::Acknowledged:
        if (!waiter) return;
        if (completion.unserved) waiter->on_unserved();
        return waiter->on_acknowledged({slot->job.session, completion.number});
      case Completion::Kind::Progress:
      case Completion::Kind::Partial:
      case Completion::Kind::Restarted:
      case Completion::Kind::Gap:
        if (waiter) waiter->on_news(completion);
        return;
    }
  }

  /// The answer of something that could not be done, told as others are.
  void refuse(Ticket ticket, Error error) {
    std::vector<Completion> refused;
    refused.push_back({.tag = ticket, .result = tl::unexpected(std::move(error))});
    queue.push(std::move(refused));
  }

  Error too_many_jobs() const {
    return {ErrorCode::SessionFull,
            fmt::format("{} jobs are on their way, the limit is max_unfinished_jobs = {}",
                        waiters.size(), options.max_unfinished_jobs)};
  }

  /// Whether one more may be asked; `then` is told otherwise, and is counted if so.
  template <class T>
  Then<T> counted(Then<T> then) {
    begin_turn();
    if (questions >= kMaxQuestions) {
      asio::post(thread, [then = std::move(then)] {
        then(failure(ErrorCode::SessionFull, "too many questions wait for the broker"));
      });
      return {};
    }
    ++questions;
    return [this, then = std::move(then)](Result<T> came) {
      --questions;
      then(std::move(came));
    };
  }

  asio::io_context& thread;
  const ClientOptions options;
  CompletionQueue queue;
  std::unique_ptr<Client> client;
  asio::steady_timer timer;
  std::vector<std::unique_ptr<asio::posix::stream_descriptor>> watched;
  Clock::time_point wakes_at = Clock::time_point::max();
  bool turn_is_posted = false;
  WaiterTable waiters;
  HandInGroups groups;
  std::vector<std::string_view> views;
  std::vector<JobId> given_up;
  std::size_t unanswered = 0;
  std::size_t questions = 0;
};

BrokerLink::BrokerLink(asio::io_context& thread, ClientOptions options)
    : state_(std::make_shared<State>(thread, std::move(options))) {
  state_->start();
}

BrokerLink::~BrokerLink() {
  state_->stop();
}

BrokerLink::Ticket BrokerLink::submit(HandIn job, std::shared_ptr<JobWaiter> waiter) {
  State& state = *state_;
  const Ticket ticket = state.waiters.add(std::move(waiter));
  ++state.unanswered;
  state.begin_turn();
  if (state.waiters.size() > state.options.max_unfinished_jobs) {
    state.refuse(ticket, state.too_many_jobs());
    return ticket;
  }
  job.options.tell_acknowledged = job.tell_acknowledged;
  state.groups.add(std::move(job.queue), std::move(job.payload), std::move(job.options), ticket);
  return ticket;
}

void BrokerLink::give_up(Ticket ticket) {
  State& state = *state_;
  WaiterTable::Slot* slot = state.waiters.find(ticket);
  if (slot == nullptr || slot->given_up) return;
  slot->given_up = true;
  slot->waiter.reset();
  --state.unanswered;
  // One that is not handed in yet is so first: it may have company in its run.
  if (slot->job.sequence != 0) state.given_up.push_back(slot->job);
  state.begin_turn();
}

void BrokerLink::get(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then) {
  if (auto counted = state_->counted(std::move(then))) {
    state_->client->get_then(std::move(jobs), std::move(counted));
  }
}

void BrokerLink::cancel(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
                        Then<std::vector<Cancellation>> then) {
  if (auto counted = state_->counted(std::move(then))) {
    state_->client->cancel_then(std::move(jobs), timeout, std::move(counted));
  }
}

void BrokerLink::query(std::string what, Then<std::string> then) {
  if (auto counted = state_->counted(std::move(then))) {
    state_->client->query_then(std::move(what), kQueryTimeout, std::move(counted));
  }
}

void BrokerLink::drain_worker(std::string worker, Then<void> then) {
  if (auto counted = state_->counted(std::move(then))) {
    state_->client->drain_then(std::move(worker), std::move(counted));
  }
}

void BrokerLink::quarantine(const JobId& job, bool release, Then<Standing> then) {
  if (auto counted = state_->counted(std::move(then))) {
    state_->client->quarantine_then(job, release, std::move(counted));
  }
}

void BrokerLink::announce(std::string_view name, std::string_view json) {
  static_cast<void>(state_->client->announce("gateway", name, json));
  state_->begin_turn();
}

bool BrokerLink::is_connected() const {
  return state_->client->stats().connected;
}

std::size_t BrokerLink::unanswered() const {
  return state_->unanswered;
}

}  // namespace steelyard::gateway
