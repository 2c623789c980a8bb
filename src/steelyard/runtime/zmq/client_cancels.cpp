#include <algorithm>

#include "steelyard/runtime/zmq/client_engine.hpp"
#include "steelyard/runtime/zmq/clock.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// Jobs that a client has cancelled, from saying so to knowing what became of them.
namespace steelyard {

namespace {

using std::chrono::milliseconds;

/// The broker waits with each request until the job has ended: of one that is repeated without need
/// it keeps more and more.
constexpr Duration kLongestPause = std::chrono::hours(1);

}  // namespace

Result<std::vector<Cancellation>> Client::Engine::cancel(std::span<const JobId> jobs,
                                                         milliseconds timeout) {
  Lock lock(mutex_);
  return wait_for<std::vector<Cancellation>>(lock, [&](auto then) {
    begin_cancel({jobs.begin(), jobs.end()}, timeout, std::move(then));
  });
}

void Client::Engine::begin_cancel(std::vector<JobId> jobs, milliseconds timeout,
                                  Then<std::vector<Cancellation>> then) {
  const auto cancelling = std::make_shared<Cancelling>();
  cancelling->told.assign(jobs.size(), {.is_final = false});
  cancelling->open = jobs.size();
  cancelling->jobs = std::move(jobs);
  cancelling->then = std::move(then);
  cancelling->deadline = zmq_runtime::now() + timeout;
  cancelling->pause = options_.request_timeout;
  cancellings_.push_back(cancelling);
  if (auto error = no_more_questions()) return end_cancel(cancelling, std::move(error));
  cancel_held(*cancelling);
  if (cancelling->open == 0) return end_cancel(cancelling, std::nullopt);
  say_cancel(cancelling);
}

/// Jobs that wait here to be handed in, for the first time or again, are at no broker.
void Client::Engine::cancel_held(Cancelling& cancelling) {
  for (std::size_t i = 0; i < cancelling.jobs.size(); ++i) {
    const JobId& job = cancelling.jobs[i];
    if (job.session != session_.key()) continue;
    const bool was_held = session_.cancel_held(job.sequence);
    if (!was_held && !session_.cancel_unsent(job.sequence)) continue;
    const Standing was = was_held ? Standing::Delayed : Standing::Queued;
    cancelling.told[i] = {was, Standing::Cancelled, true};
    --cancelling.open;
  }
}

/// Asks for those that are not told yet, with a request for as many jobs as a message holds.
void Client::Engine::say_cancel(const std::shared_ptr<Cancelling>& cancelling) {
  forget_requests(*cancelling);
  std::vector<JobId> names;
  std::vector<std::size_t> places;
  const auto say = [&] {
    cancelling->requests.push_back(++next_request_);
    session_.cancel(next_request_, names);
    cancels_[next_request_] = {cancelling, std::exchange(places, {})};
    names.clear();
  };
  for (std::size_t i = 0; i < cancelling->jobs.size(); ++i) {
    if (cancelling->told[i].is_final) continue;
    const JobId& job = cancelling->jobs[i];
    names.push_back(session_.name_at_broker(job).value_or(job));
    places.push_back(i);
    if (names.size() == zmq_runtime::kMaxAskedJobs) say();
  }
  if (!names.empty()) say();
  cancelling->again = std::min(cancelling->deadline, zmq_runtime::now() + cancelling->pause);
  cancelling->pause = std::min(2 * cancelling->pause, kLongestPause);
  cancelling->said_to = session_.conversation().welcomes();
}

/// Nobody waits for its answers any more.
void Client::Engine::forget_requests(Cancelling& cancelling) {
  for (const std::uint64_t number : std::exchange(cancelling.requests, {})) {
    cancels_.erase(number);
    session_.give_up(number);
  }
}

/// Somebody may no longer wait for it.
void Client::Engine::on_cancelled(std::uint64_t request, std::uint32_t place,
                                  Cancellation cancelled) {
  const auto waiting = cancels_.find(request);
  if (waiting == cancels_.end() || place >= waiting->second.places.size()) return;
  const std::shared_ptr<Cancelling> cancelling = waiting->second.into;
  Cancellation& told = cancelling->told[waiting->second.places[place]];
  if (!told.is_final && cancelled.is_final) --cancelling->open;
  told = cancelled;
  if (cancelling->open == 0) end_cancel(cancelling, std::nullopt);
}

/// Says it again about those that are not told, to a broker that has not heard it, and after ever
/// longer pauses: what was said may be lost.
void Client::Engine::pass_cancels(TimePoint now) {
  if (cancellings_.empty()) return;
  const auto over = no_more_questions();
  const zmq_runtime::Conversation& conversation = session_.conversation();
  for (const auto& cancelling : std::vector(cancellings_)) {
    const bool is_new = cancelling->said_to != conversation.welcomes();
    if (over) {
      end_cancel(cancelling, over);
    } else if (cancelling->looking || (now < cancelling->again && !is_new)) {
      continue;
    } else if (!cancelling->then && (is_new || !conversation.welcomed())) {
      // No broker has heard it: the time begins anew with the next one that hears it.
      cancelling->deadline =
          std::max(cancelling->deadline, now + 2 * Duration(options_.request_timeout));
      say_cancel(cancelling);
    } else if (now < cancelling->deadline) {
      say_cancel(cancelling);
    } else if (cancelling->then) {
      look_at_rest(cancelling);
    } else {
      end_cancel(cancelling, std::nullopt);
    }
  }
}

/// Those of which nothing was told have been asked to stop: how do they stand? What is told of them
/// meanwhile counts.
void Client::Engine::look_at_rest(const std::shared_ptr<Cancelling>& cancelling) {
  cancelling->looking = true;
  std::vector<JobId> rest;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < cancelling->jobs.size(); ++i) {
    if (cancelling->told[i].is_final) continue;
    rest.push_back(cancelling->jobs[i]);
    places.push_back(i);
  }
  begin_asking(std::move(rest), [this, cancelling, places = std::move(places)](
                                    Result<std::vector<JobStatus>> standings) {
    if (!standings) return end_cancel(cancelling, standings.error());
    for (std::size_t i = 0; i < places.size(); ++i) {
      Cancellation& cancellation = cancelling->told[places[i]];
      const Standing now = (*standings)[i].standing;
      if (!cancellation.is_final) cancellation = {now, now, now != Standing::Running};
    }
    end_cancel(cancelling, std::nullopt);
  });
}

/// Whoever waits for it is told, once.
void Client::Engine::end_cancel(const std::shared_ptr<Cancelling>& cancelling,
                                std::optional<Error> error) {
  forget_requests(*cancelling);
  std::erase(cancellings_, cancelling);
  const auto then = std::exchange(cancelling->then, nullptr);
  if (!then) return;
  if (error) return then(tl::unexpected(std::move(*error)));
  then(cancelling->told);
}

}  // namespace steelyard
