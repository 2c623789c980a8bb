#include <algorithm>
#include <array>
#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/zmq/client_engine.hpp"
#include "steelyard/runtime/zmq/clock.hpp"

/// What a client asks its broker: each request has a number, and is made again when no answer
/// comes.
namespace steelyard {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// The fields of a report. Errors: Malformed.
Result<json::object> fields_of(const Result<std::string>& report) {
  if (!report) return tl::unexpected(report.error());
  boost::system::error_code error;
  json::value value = json::parse(*report, error);
  if (error || !value.is_object()) {
    return failure(ErrorCode::Malformed, "the broker's answer is not what was asked for");
  }
  return std::move(value.as_object());
}

std::uint64_t count_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  boost::system::error_code error;
  return found == nullptr || !found->is_number() ? 0 : found->to_number<std::uint64_t>(error);
}

bool flag_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  return found != nullptr && found->is_bool() && found->as_bool();
}

}  // namespace

/// Asks something with `say(number)` and waits for the reply.
template <class Say>
Result<Client::Engine::Reply> Client::Engine::request(Lock& lock, std::chrono::milliseconds timeout,
                                                      Say&& say) {
  if (session_.has_left()) return failure(ErrorCode::SessionEnded, "the client was closed");
  const std::uint64_t number = ++next_request_;
  say(number);
  replies_[number] = std::monostate();
  exchange();
  const auto is_there = [&] {
    return !std::holds_alternative<std::monostate>(replies_.at(number)) || failure_ ||
           session_.has_left();
  };
  wait_until(lock, is_there, zmq_runtime::now() + timeout);
  Reply reply = std::move(replies_.at(number));
  replies_.erase(number);
  session_.give_up(number);
  if (!std::holds_alternative<std::monostate>(reply)) return reply;
  if (failure_) return tl::unexpected(*failure_);
  if (!session_.conversation().welcomed()) return tl::unexpected(not_connected(timeout));
  return failure(ErrorCode::TimedOut,
                 fmt::format("no report from {} within {} ms", options_.endpoint, timeout.count()));
}

/// As request, again if the broker does not answer.
template <class Say>
Result<Client::Engine::Reply> Client::Engine::request_again(Lock& lock, Say&& say) {
  for (std::uint32_t tries = 1;; ++tries) {
    auto reply = request(lock, options_.request_timeout, say);
    const bool is_final = reply || failure_ || reply.error().code == ErrorCode::SessionEnded;
    if (is_final || tries >= options_.request_tries) return reply;
  }
}

Result<std::string> Client::Engine::query(std::string_view what,
                                          std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  auto reply = request(lock, timeout, [&](auto number) { session_.query(number, what); });
  if (!reply) return tl::unexpected(reply.error());
  return std::get<Result<std::string>>(std::move(*reply));
}

Result<void> Client::Engine::drain(std::string_view worker) {
  Lock lock(mutex_);
  auto reply = request_again(lock, [&](auto number) { session_.drain(number, worker); });
  if (!reply) return tl::unexpected(reply.error());
  const auto& report = std::get<Result<std::string>>(*reply);
  if (!report) return tl::unexpected(report.error());
  return {};
}

Result<PinStatus> Client::Engine::pin(const Pin& pin) {
  Lock lock(mutex_);
  auto reply = request_again(lock, [&](auto number) { session_.pin(number, pin); });
  if (!reply) return tl::unexpected(reply.error());
  if (const auto* status = std::get_if<PinStatus>(&*reply)) return *status;
  const auto* report = std::get_if<Result<std::string>>(&*reply);
  if (report != nullptr && !*report) return tl::unexpected(report->error());
  return failure(ErrorCode::Malformed, "the broker's answer is not about a pin");
}

/// A request that is answered with a report.
template <class Say>
Result<std::string> Client::Engine::report_on(Say&& say) {
  Lock lock(mutex_);
  auto reply = request_again(lock, say);
  if (!reply) return tl::unexpected(reply.error());
  auto* report = std::get_if<Result<std::string>>(&*reply);
  if (report == nullptr) return failure(ErrorCode::Malformed, "the broker's answer is no report");
  return std::move(*report);
}

Result<MatchingJobs> Client::Engine::cancel_matching(std::string_view user, std::string_view queue,
                                                     bool dry_run) {
  const auto report = fields_of(
      report_on([&](auto number) { session_.cancel_matching(number, user, queue, dry_run); }));
  if (!report) return tl::unexpected(report.error());
  return MatchingJobs{.delayed = count_in(*report, "delayed"),
                      .queued = count_in(*report, "queued"),
                      .running = count_in(*report, "running"),
                      .more = flag_in(*report, "more")};
}

Result<Standing> Client::Engine::quarantine(const JobId& job, bool release) {
  const auto report = fields_of(report_on([&](auto number) {
    session_.quarantine(number, session_.name_at_broker(job).value_or(job), release);
  }));
  if (!report) return tl::unexpected(report.error());
  const json::value* outcome = report->if_contains("outcome");
  if (outcome == nullptr || !outcome->is_string()) {
    return failure(ErrorCode::Malformed, "the broker's answer is not about quarantine");
  }
  return core::standing_from(outcome->as_string());
}

/// A message holds so many jobs only, and an answer so many bytes; the rest is asked for again.
Result<std::vector<JobStatus>> Client::Engine::ask(std::span<const JobId> jobs) {
  std::vector<JobStatus> all;
  while (all.size() < jobs.size()) {
    const auto rest = jobs.subspan(all.size());
    auto some =
        ask_some(rest.first(std::min<std::size_t>(rest.size(), zmq_runtime::kMaxAskedJobs)));
    if (!some) return some;
    std::ranges::move(*some, std::back_inserter(all));
  }
  return all;
}

Result<std::vector<JobStatus>> Client::Engine::ask_some(std::span<const JobId> jobs) {
  Lock lock(mutex_);
  std::vector<bool> held;
  const std::vector<JobId> names = names_at_broker(jobs, held);
  auto reply = request_again(lock, [&](auto number) { session_.ask(number, names); });
  if (!reply) return tl::unexpected(reply.error());
  auto* told = std::get_if<std::vector<JobStatus>>(&*reply);
  if (told == nullptr || told->empty() || told->size() > jobs.size()) {
    return failure(ErrorCode::Malformed, "the broker's answer is not about the jobs asked for");
  }
  for (std::size_t i = 0; i < told->size(); ++i) {
    if (held[i]) (*told)[i].standing = Standing::Delayed;
  }
  return std::move(*told);
}

/// `held`: which of them wait to be handed in again, and are called as before.
std::vector<JobId> Client::Engine::names_at_broker(std::span<const JobId> jobs,
                                                   std::vector<bool>& held) const {
  std::vector<JobId> names;
  for (const JobId& job : jobs) {
    const auto name = session_.name_at_broker(job);
    held.push_back(!name);
    names.push_back(name.value_or(job));
  }
  return names;
}

Result<std::vector<Cancellation>> Client::Engine::cancel(std::span<const JobId> jobs,
                                                         milliseconds timeout) {
  Cancelling cancelling{std::vector<Cancellation>(jobs.size(), {.is_final = false}), {}};
  {
    Lock lock(mutex_);
    if (session_.has_left()) return failure(ErrorCode::SessionEnded, "the client was closed");
    cancel_until(lock, jobs, cancelling, zmq_runtime::now() + timeout);
  }
  const auto looked = look_at_rest(jobs, cancelling);
  const std::scoped_lock lock(mutex_);
  end_cancel(cancelling);
  if (!looked) return tl::unexpected(looked.error());
  return std::move(cancelling.told);
}

/// Says it again about those that are not told after a while: what was said may be lost.
void Client::Engine::cancel_until(Lock& lock, std::span<const JobId> jobs, Cancelling& cancelling,
                                  TimePoint deadline) {
  cancel_held(jobs, cancelling);
  const auto is_told = [&] {
    return std::ranges::all_of(cancelling.told, &Cancellation::is_final) || failure_ ||
           session_.has_left();
  };
  do {
    end_cancel(cancelling);
    say_cancel(jobs, cancelling);
    exchange();
    wait_until(lock, is_told,
               std::min(deadline, zmq_runtime::now() + Duration(options_.request_timeout)));
  } while (!is_told() && !closing_ && zmq_runtime::now() < deadline);
}

/// Nobody waits for its answers any more.
void Client::Engine::end_cancel(Cancelling& cancelling) {
  for (const std::uint64_t number : std::exchange(cancelling.requests, {})) {
    cancels_.erase(number);
    session_.give_up(number);
  }
}

/// Jobs that wait here to be handed in again are at no broker.
void Client::Engine::cancel_held(std::span<const JobId> jobs, Cancelling& cancelling) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].session != session_.key() || !session_.cancel_held(jobs[i].sequence)) continue;
    cancelling.told[i] = {Standing::Delayed, Standing::Cancelled, true};
  }
}

/// Asks for those that are not told yet, with a request for as many jobs as a message holds.
void Client::Engine::say_cancel(std::span<const JobId> jobs, Cancelling& cancelling) {
  std::vector<JobId> names;
  std::vector<std::size_t> places;
  const auto say = [&] {
    cancelling.requests.push_back(++next_request_);
    session_.cancel(next_request_, names);
    cancels_[next_request_] = {&cancelling, std::exchange(places, {})};
    names.clear();
  };
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (cancelling.told[i].is_final) continue;
    names.push_back(session_.name_at_broker(jobs[i]).value_or(jobs[i]));
    places.push_back(i);
    if (names.size() == zmq_runtime::kMaxAskedJobs) say();
  }
  if (!names.empty()) say();
}

/// Somebody may no longer wait for it.
void Client::Engine::on_cancelled(std::uint64_t request, std::uint32_t place,
                                  Cancellation cancelled) {
  const auto waiting = cancels_.find(request);
  if (waiting == cancels_.end() || place >= waiting->second.places.size()) return;
  waiting->second.into->told[waiting->second.places[place]] = cancelled;
}

/// Those of which nothing was told have been asked to stop: how do they stand? What is told of them
/// meanwhile counts.
Result<void> Client::Engine::look_at_rest(std::span<const JobId> jobs, Cancelling& cancelling) {
  std::vector<JobId> rest;
  std::vector<std::size_t> places;
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (cancelling.told[i].is_final) continue;
      rest.push_back(jobs[i]);
      places.push_back(i);
    }
  }
  if (rest.empty()) return {};
  const auto standings = ask(rest);
  if (!standings) return tl::unexpected(standings.error());
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    Cancellation& cancellation = cancelling.told[places[i]];
    const Standing now = (*standings)[i].standing;
    if (!cancellation.is_final) cancellation = {now, now, now != Standing::Running};
  }
  return {};
}

Result<std::vector<JobId>> Client::Engine::wait_acknowledged(std::span<const JobId> jobs,
                                                             milliseconds timeout) {
  Lock lock(mutex_);
  std::size_t decided = 0;  // the first so many
  const auto all_decided = [&] {
    while (decided < jobs.size() && (jobs[decided].session != session_.key() ||
                                     session_.is_decided(jobs[decided].sequence))) {
      ++decided;
    }
    return decided == jobs.size() || failure_ || session_.has_left();
  };
  wait_until(lock, all_decided, zmq_runtime::now() + timeout);
  if (failure_) return tl::unexpected(*failure_);
  if (!all_decided()) {
    if (!session_.conversation().welcomed()) return tl::unexpected(not_connected(timeout));
    return failure(ErrorCode::TimedOut, fmt::format("{} of {} jobs are acknowledged after {} ms",
                                                    decided, jobs.size(), timeout.count()));
  }
  std::vector<bool> held;
  return names_at_broker(jobs, held);
}

Result<void> Client::Engine::close(std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  if (!std::exchange(ended_, true)) session_.leave_when_done();
  exchange();
  const auto is_over = [this] { return failure_ || (session_.over() && unfinished_ == 0); };
  wait_until(lock, is_over, zmq_runtime::now() + timeout);
  if (failure_) return tl::unexpected(*failure_);
  if (!is_over()) {
    return failure(ErrorCode::TimedOut,
                   fmt::format("{} jobs are unanswered after {} ms", unfinished_, timeout.count()));
  }
  return {};
}

/// Running jobs are answered when they have stopped; whatever is not answered by then is here.
void Client::Engine::abort() {
  Lock lock(mutex_);
  if (goodbye_until_ || session_.has_left()) return;
  ended_ = true;
  session_.abort(zmq_runtime::now());
  exchange();
  const auto is_over = [this] {
    return failure_ || !session_.conversation().welcomed() || session_.has_left();
  };
  wait_until(lock, is_over, zmq_runtime::now() + Duration(options_.cancel_timeout));
  session_.answer_all(ErrorCode::Cancelled, "the client ended the conversation",
                      zmq_runtime::now());
  if (!session_.has_left()) session_.leave();
  exchange();
}

Error Client::Engine::not_connected(std::chrono::milliseconds timeout) const {
  return {ErrorCode::NotConnected,
          fmt::format("no broker answered at {} within {} ms", options_.endpoint, timeout.count())};
}

/// Somebody may no longer wait for it.
template <class Content>
void Client::Engine::on_reply(std::uint64_t request, Content content) {
  const auto waiting = replies_.find(request);
  if (waiting != replies_.end()) waiting->second = std::move(content);
}

template void Client::Engine::on_reply(std::uint64_t, Result<std::string>);
template void Client::Engine::on_reply(std::uint64_t, std::vector<JobStatus>);
template void Client::Engine::on_reply(std::uint64_t, PinStatus);

}  // namespace steelyard
