#include <algorithm>
#include <array>
#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/monitor/announcements.hpp"
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

std::optional<Error> Client::Engine::no_more_questions() const {
  if (failure_) return failure_;
  if (session_.has_left()) return Error{ErrorCode::SessionEnded, "the client was closed"};
  return std::nullopt;
}

/// Asks something with `say(number)`, again if the broker does not answer.
void Client::Engine::begin_question(Tries tries, Say say, OnReply then) {
  if (auto error = no_more_questions()) return then(tl::unexpected(std::move(*error)));
  const std::uint64_t number = ++next_request_;
  const TimePoint due = zmq_runtime::now() + tries.timeout;
  say(number);
  questions_.emplace(number, Question{std::move(say), std::move(then), tries, due});
  questions_due_ = std::min(questions_due_, due);
}

/// It may have been given up.
void Client::Engine::answer_question(std::uint64_t request, Result<Reply> reply) {
  const auto question = questions_.extract(request);
  if (!question) return;
  session_.give_up(request);
  question.mapped().then(std::move(reply));
}

/// Asks again what was not answered in time.
void Client::Engine::pass_questions(TimePoint now) {
  const auto over = no_more_questions();
  if (questions_.empty() || (!over && now < questions_due_)) return;
  std::vector<std::uint64_t> due;
  for (const auto& [request, question] : questions_) {
    if (over || question.due <= now) due.push_back(request);
  }
  for (const std::uint64_t request : due) {
    if (over) {
      answer_question(request, tl::unexpected(*over));
    } else {
      ask_again(request, now);
    }
  }
  questions_due_ = TimePoint::max();
  for (const auto& [request, question] : questions_) {
    questions_due_ = std::min(questions_due_, question.due);
  }
}

void Client::Engine::ask_again(std::uint64_t request, TimePoint now) {
  const auto found = questions_.find(request);
  if (found == questions_.end()) return;
  Question& question = found->second;
  session_.give_up(request);
  if (--question.left.count > 0) {
    question.due = now + question.left.timeout;
    return question.say(request);
  }
  const milliseconds timeout = question.left.timeout;
  if (!session_.conversation().welcomed()) {
    return answer_question(request, tl::unexpected(not_connected(timeout)));
  }
  answer_question(request,
                  failure(ErrorCode::TimedOut, fmt::format("no report from {} within {} ms",
                                                           options_.endpoint, timeout.count())));
}

/// A question that is answered with a report.
void Client::Engine::begin_report(Tries tries, Say say, Then<std::string> then) {
  begin_question(tries, std::move(say), [then = std::move(then)](Result<Reply> reply) {
    if (!reply) return then(tl::unexpected(std::move(reply).error()));
    auto* report = std::get_if<std::string>(&*reply);
    if (report != nullptr) return then(std::move(*report));
    then(failure(ErrorCode::Malformed, "the broker's answer is no report"));
  });
}

Result<std::string> Client::Engine::query(std::string_view what, milliseconds timeout) {
  Lock lock(mutex_);
  return wait_for<std::string>(lock, [&](auto then) {
    begin_report(
        {timeout}, [this, what = std::string(what)](auto number) { session_.query(number, what); },
        std::move(then));
  });
}

Result<void> Client::Engine::announce(std::string_view kind, std::string_view name,
                                      std::string_view json) {
  const auto sound = monitor::Announcement::parse(kind, name, json);
  if (!sound) return tl::unexpected(sound.error());
  Lock lock(mutex_);
  if (auto error = over()) return tl::unexpected(std::move(*error));
  session_.announce(kind, name, json);
  if (options_.own_thread) exchange();
  const std::optional<Error>& refused = session_.announcement_refusal();
  if (refused) return tl::unexpected(*refused);
  return {};
}

Result<std::string> Client::Engine::report_on(Say say) {
  Lock lock(mutex_);
  return wait_for<std::string>(
      lock, [&](auto then) { begin_report(usual_tries(), std::move(say), std::move(then)); });
}

Result<void> Client::Engine::drain(std::string_view worker) {
  const auto report = report_on(
      [this, worker = std::string(worker)](auto number) { session_.drain(number, worker); });
  if (!report) return tl::unexpected(report.error());
  return {};
}

Result<PinStatus> Client::Engine::pin(const Pin& pin) {
  Lock lock(mutex_);
  const auto reply = wait_for<Reply>(lock, [&](auto then) {
    begin_question(
        usual_tries(), [this, pin](auto number) { session_.pin(number, pin); }, std::move(then));
  });
  if (!reply) return tl::unexpected(reply.error());
  if (const auto* status = std::get_if<PinStatus>(&*reply)) return *status;
  return failure(ErrorCode::Malformed, "the broker's answer is not about a pin");
}

Result<MatchingJobs> Client::Engine::cancel_matching(std::string_view user, std::string_view queue,
                                                     bool dry_run) {
  const auto report = fields_of(
      report_on([this, user = std::string(user), queue = std::string(queue), dry_run](auto number) {
        session_.cancel_matching(number, user, queue, dry_run);
      }));
  if (!report) return tl::unexpected(report.error());
  return MatchingJobs{.delayed = count_in(*report, "delayed"),
                      .queued = count_in(*report, "queued"),
                      .running = count_in(*report, "running"),
                      .more = flag_in(*report, "more")};
}

Result<Standing> Client::Engine::quarantine(const JobId& job, bool release) {
  const auto report = fields_of(report_on([this, job, release](auto number) {
    session_.quarantine(number, session_.name_at_broker(job).value_or(job), release);
  }));
  if (!report) return tl::unexpected(report.error());
  const json::value* outcome = report->if_contains("outcome");
  if (outcome == nullptr || !outcome->is_string()) {
    return failure(ErrorCode::Malformed, "the broker's answer is not about quarantine");
  }
  return core::standing_from(outcome->as_string());
}

Result<std::vector<JobStatus>> Client::Engine::ask(std::span<const JobId> jobs) {
  Lock lock(mutex_);
  return wait_for<std::vector<JobStatus>>(lock, [&](auto then) {
    begin_asking({jobs.begin(), jobs.end()}, std::move(then));
  });
}

void Client::Engine::begin_asking(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then) {
  ask_rest(std::make_shared<Asking>(Asking{std::move(jobs), {}, std::move(then)}));
}

/// A message holds so many jobs only, and an answer so many bytes; the rest is asked for again.
void Client::Engine::ask_rest(const std::shared_ptr<Asking>& asking) {
  const auto rest = std::span(asking->jobs).subspan(asking->all.size());
  if (rest.empty()) return asking->then(std::move(asking->all));
  std::vector<bool> held;
  auto names = names_at_broker(
      rest.first(std::min<std::size_t>(rest.size(), zmq_runtime::kMaxAskedJobs)), held);
  begin_question(
      usual_tries(), [this, names = std::move(names)](auto number) { session_.ask(number, names); },
      [this, asking, held = std::move(held)](Result<Reply> reply) {
        on_told(asking, held, std::move(reply));
      });
}

void Client::Engine::on_told(const std::shared_ptr<Asking>& asking, const std::vector<bool>& held,
                             Result<Reply> reply) {
  if (!reply) return asking->then(tl::unexpected(std::move(reply).error()));
  auto* told = std::get_if<std::vector<JobStatus>>(&*reply);
  if (told == nullptr || told->empty() || told->size() > held.size()) {
    return asking->then(
        failure(ErrorCode::Malformed, "the broker's answer is not about the jobs asked for"));
  }
  for (std::size_t i = 0; i < told->size(); ++i) {
    if (held[i]) (*told)[i].standing = Standing::Delayed;
  }
  std::ranges::move(*told, std::back_inserter(asking->all));
  ask_rest(asking);
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

std::vector<int> Client::Engine::descriptors() const {
  std::vector<int> descriptors{socket_.descriptor(), wakeup_.descriptor()};
  if (direct_) descriptors.push_back(direct_->descriptor());
  return descriptors;
}

TimePoint Client::Engine::work() {
  STEELYARD_ASSERT(!options_.own_thread);
  Lock lock(mutex_);
  wakeup_.clear();
  exchange();
  const TimePoint again = due();
  const auto calls = std::exchange(calls_, {});
  lock.unlock();
  for (const auto& call : calls) call();
  return again;
}

/// No user's function is called with the mutex held.
template <class T>
Client::Then<T> Client::Engine::at_work(Then<T> then) {
  STEELYARD_ASSERT(!options_.own_thread);
  if (!then) return then;
  return [this, then = std::move(then)](Result<T> came) {
    calls_.emplace_back([then, came = std::move(came)]() mutable { then(std::move(came)); });
  };
}

void Client::Engine::get_then(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then) {
  const std::scoped_lock lock(mutex_);
  begin_asking(std::move(jobs), at_work(std::move(then)));
}

void Client::Engine::cancel_then(std::vector<JobId> jobs, milliseconds timeout,
                                 Then<std::vector<Cancellation>> then) {
  const std::scoped_lock lock(mutex_);
  begin_cancel(std::move(jobs), timeout, at_work(std::move(then)));
}

void Client::Engine::query_then(std::string what, milliseconds timeout, Then<std::string> then) {
  const std::scoped_lock lock(mutex_);
  begin_report(
      {timeout}, [this, what = std::move(what)](auto number) { session_.query(number, what); },
      at_work(std::move(then)));
}

void Client::Engine::drain_then(std::string worker, Then<void> then) {
  const std::scoped_lock lock(mutex_);
  begin_report(
      usual_tries(),
      [this, worker = std::move(worker)](auto number) { session_.drain(number, worker); },
      [then = at_work(std::move(then))](Result<std::string> report) {
        then(std::move(report).map([](const std::string&) {}));
      });
}

}  // namespace steelyard
