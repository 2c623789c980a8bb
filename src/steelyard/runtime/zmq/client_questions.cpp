#include <algorithm>

#include "steelyard/runtime/zmq/client_session.hpp"

/// What a client asks its broker and says to it, besides handing in jobs, and what is answered.
namespace steelyard::zmq_runtime {
namespace {

/// Requests of the session's own; callers count upward from 1.
constexpr std::uint64_t kOwnRequests = std::uint64_t{1} << 63;
constexpr std::uint64_t kAnnouncement = kOwnRequests;  // jobs are numbered from 1
constexpr std::uint64_t kGoodbye = 0;
constexpr std::string_view kAborted = "the client ended the conversation";

void name_job(const JobId& job, wire::JobName& name) {
  name.set_session(job.session);
  name.set_sequence(job.sequence);
}

std::uint8_t percent(std::uint32_t value) {
  return static_cast<std::uint8_t>(std::min(value, 100U));
}

}  // namespace

void ClientSession::query(std::uint64_t request, std::string_view what) {
  wire::Query message;
  message.set_request(request);
  message.set_what(std::string(what));
  say(request, message);
}

void ClientSession::ask(std::uint64_t request, std::span<const JobId> jobs) {
  wire::Ask message;
  message.set_request(request);
  for (const JobId& job : jobs) name_job(job, *message.add_jobs());
  say(request, message);
}

void ClientSession::cancel(std::uint64_t request, std::span<const JobId> jobs) {
  wire::Cancel message;
  message.set_request(request);
  for (const JobId& job : jobs) name_job(job, *message.add_jobs());
  say(request, message);
}

void ClientSession::cancel_matching(std::uint64_t request, std::string_view user,
                                    std::string_view queue, bool dry_run) {
  wire::CancelMatching message;
  message.set_request(request);
  message.set_user(std::string(user));
  message.set_queue(std::string(queue));
  message.set_dry_run(dry_run);
  say(request, message);
}

void ClientSession::quarantine(std::uint64_t request, const JobId& job, bool release) {
  wire::Quarantine message;
  message.set_request(request);
  name_job(job, *message.mutable_job());
  message.set_release(release);
  say(request, message);
}

void ClientSession::drain(std::uint64_t request, std::string_view worker) {
  wire::Drain message;
  message.set_request(request);
  message.set_worker(std::string(worker));
  say(request, message);
}

void ClientSession::pin(std::uint64_t request, const Pin& pin) {
  wire::Pin message;
  message.set_request(request);
  message.set_state(pin.state);
  message.set_workers(pin.workers);
  message.set_queue(pin.queue);
  say(request, message);
}

void ClientSession::announce(std::string_view kind, std::string_view name, std::string_view json) {
  wire::Announce message;
  message.set_request(kAnnouncement);
  message.set_kind(std::string(kind));
  message.set_name(std::string(name));
  announcement_ = wire::encode(message, json);
  announcement_due_ = true;
}

void ClientSession::leave_when_done() {
  leaving_ = Leaving::WhenDone;
  goodbye_due_ = true;
}

void ClientSession::abort(TimePoint now) {
  aborting_ = true;
  while (const auto job = held_.take_any()) {
    answer_held(*job, {0, ErrorCode::Cancelled, kAborted, {}});
  }
  answer_unsent(now);
  leave_when_done();
}

void ClientSession::answer_unsent(TimePoint now) {
  std::vector<std::uint64_t> unsent;
  for (const auto& [first, run] : runs_) {
    for (std::size_t i = 0; i < run.answered.size(); ++i) {
      if (first + i >= unsent_from_ && !run.answered[i]) unsent.push_back(first + i);
    }
  }
  for (const std::uint64_t sequence : unsent) {
    answer({sequence, ErrorCode::Cancelled, kAborted, {}}, now);
  }
  unsent_from_ = next_sequence_;
}

/// A job that is refused after the goodbye could not be handed in again.
bool ClientSession::goodbye_is_due() const {
  if (!goodbye_due_ || aborting_ || unanswered_ == 0) return goodbye_due_;
  const bool all_sent = held_.empty() && unsent_from_ >= next_sequence_;
  return patience_.max_tries <= 1 || (all_sent && acknowledged_through_ >= highest_sent_);
}

void ClientSession::say_goodbye() {
  goodbye_due_ = false;
  wire::Leave message;
  message.set_when_done(true);
  message.set_abort(aborting_);
  say(kGoodbye, message);
}

void ClientSession::leave() {
  leaving_ = Leaving::Now;
  goodbye_due_ = false;
  say(kGoodbye, wire::Leave());
}

/// Asks about the unanswered jobs that the broker has seen: a refusal may have been lost.
void ClientSession::look_after(std::uint64_t watermark) {
  std::vector<JobId> jobs;
  const auto ask_about = [&] {
    const std::uint64_t request = kOwnRequests + jobs.front().sequence;
    for (const JobId& job : jobs) doubtful_[request].push_back(job.sequence);
    ask(request, jobs);
    jobs.clear();
  };
  for (const auto& [first, run] : runs_) {
    for (std::size_t i = 0; i < run.answered.size() && first + i <= watermark; ++i) {
      if (run.answered[i]) continue;
      jobs.push_back({key_, first + i});
      if (jobs.size() == kMaxAskedJobs) ask_about();
    }
  }
  if (!jobs.empty()) ask_about();
}

void ClientSession::give_up(std::uint64_t request) {
  std::erase_if(to_say_, [request](const auto& said) { return said.first == request; });
}

void ClientSession::on_report(const wire::Envelope& envelope) {
  wire::Report message;
  if (!wire::read(envelope, message)) return;
  std::string text(envelope.block);
  if (message.request() == kAnnouncement) {
    announcement_refusal_.reset();
    if (!message.code().empty()) {
      announcement_refusal_ = Error{error_code_from(message.code()), std::move(text)};
    }
    return;
  }
  if (message.code().empty()) {
    sinks_.reports(message.request(), std::move(text));
  } else {
    sinks_.reports(message.request(), failure(error_code_from(message.code()), std::move(text)));
  }
}

void ClientSession::on_told(const wire::Envelope& envelope, TimePoint now) {
  wire::Told message;
  std::string_view block = envelope.block;
  if (!wire::read(envelope, message)) return;
  const auto column = wire::Column::take(message.lengths(), block);
  const int count = message.standings_size();
  if (!column || static_cast<int>(column->count()) != count || message.codes_size() != count ||
      message.waited_us_size() != count || message.run_us_size() != count ||
      (message.progress_size() != 0 && message.progress_size() != count)) {
    return;
  }
  if (const auto doubtful = doubtful_.extract(message.request())) {
    const auto& jobs = doubtful.mapped();
    for (std::size_t i = 0; i < jobs.size() && static_cast<int>(i) < count; ++i) {
      // Without an answer only a job is gone that was refused; the refusal was lost on its way.
      if (core::standing_from(message.standings(static_cast<int>(i))) == core::Standing::Gone) {
        answer({jobs[i], ErrorCode::Dropped, "refused before the connection was cut", {}}, now);
      }
    }
    return;
  }
  std::vector<JobStatus> told;
  for (int i = 0; i < count && !message.standings(i).empty(); ++i) {
    JobStatus& status = told.emplace_back();
    std::string text((*column)[static_cast<std::uint32_t>(i)]);
    status.standing = core::standing_from(message.standings(i));
    status.result = std::move(text);
    if (!message.codes(i).empty()) {
      status.result = failure(error_code_from(message.codes(i)), std::move(*status.result));
    }
    status.times.waiting = std::chrono::microseconds(message.waited_us(i));
    status.times.running = std::chrono::microseconds(message.run_us(i));
    if (message.progress_size() != 0) status.progress = percent(message.progress(i));
  }
  sinks_.told(message.request(), std::move(told));
}

void ClientSession::on_pinned(const wire::Envelope& envelope) {
  wire::Pinned message;
  if (!wire::read(envelope, message)) return;
  sinks_.pinned(message.request(), {message.holding(), message.loading()});
}

void ClientSession::on_cancelled(const wire::Envelope& envelope) {
  wire::Cancelled message;
  if (!wire::read(envelope, message)) return;
  const int count = message.places_size();
  if (message.was_size() != count || message.standings_size() != count) return;
  for (int i = 0; i < count; ++i) {
    sinks_.cancelled(
        message.request(), message.places(i),
        {core::standing_from(message.was(i)), core::standing_from(message.standings(i)), true});
  }
}

void ClientSession::on_progressed(const wire::Envelope& envelope) {
  wire::Progressed message;
  if (!wire::read(envelope, message) || message.percents_size() != message.sequences_size()) return;
  for (int i = 0; i < message.sequences_size(); ++i) {
    const std::uint64_t job = names_.given(message.sequences(i));
    const std::uint8_t progress = percent(message.percents(i));
    if (!streams_.add_progress(job, progress)) continue;
    sinks_.news({job, Completion::Kind::Progress, progress, 0, {}});
  }
}

void ClientSession::on_partial(const wire::Envelope& envelope) {
  wire::Partial message;
  if (!wire::read(envelope, message)) return;
  const std::uint64_t job = names_.given(message.sequence());
  const std::uint32_t attempt = message.attempt();
  switch (streams_.add(job, {attempt, message.offset(), envelope.block.size()})) {
    case ClientStreams::Came::Stray:
      return;
    case ClientStreams::Came::TooMuch:
      ++partials_dropped_;
      return;
    case ClientStreams::Came::First:
      sinks_.news({job, Completion::Kind::Restarted, 0, attempt, {}});
      break;
    case ClientStreams::Came::Later:
      sinks_.news({job, Completion::Kind::Gap, 0, attempt, {}});
      break;
    case ClientStreams::Came::More:
      break;
  }
  sinks_.news({job, Completion::Kind::Partial, 0, attempt, envelope.block});
}

void ClientSession::partial_taken(std::uint64_t sequence, std::uint32_t attempt,
                                  std::size_t bytes) {
  streams_.taken(sequence, attempt, bytes);
}

void ClientSession::progress_taken(std::uint64_t sequence) {
  const auto later = streams_.progress_taken(sequence);
  if (later) sinks_.news({sequence, Completion::Kind::Progress, *later, 0, {}});
}

std::optional<std::string> ClientSession::next_credit() {
  const auto credit = streams_.next_credit();
  if (!credit) return std::nullopt;
  wire::PartialCredit message;
  message.set_sequence(names_.current(credit->job));
  message.set_attempt(credit->attempt);
  message.set_bytes(credit->bytes);
  return wire::encode(message);
}

}  // namespace steelyard::zmq_runtime
