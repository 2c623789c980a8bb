#include "top/live.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/query.hpp"
#include "cli/table.hpp"
#include "steelyard/base/assert.hpp"

namespace steelyard::cli {
namespace {

/// How long an answer may take before it is said that there is none.
constexpr std::chrono::milliseconds kPatience{2'000};

FileDescriptor hold_back_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  STEELYARD_ASSERT(signals.valid());
  return signals;
}

std::string outcome(const std::string& job, const Cancellation& cancellation) {
  if (cancellation.now == Standing::Cancelled) return fmt::format("job {} is cancelled", job);
  if (cancellation.now == Standing::Running) {
    return fmt::format("job {} was asked to stop; it still runs", job);
  }
  return fmt::format("job {} is {}: too late to cancel it", job, to_string(cancellation.now));
}

}  // namespace

LiveTop::LiveTop(TopModel& model, std::string endpoint, std::chrono::milliseconds interval)
    : model_(model),
      endpoint_(std::move(endpoint)),
      signals_(hold_back_signals()),
      conversation_(model, interval),
      client_(ClientOptions{.endpoint = endpoint_,
                            .name = {},
                            .request_timeout = kPatience,
                            .request_tries = 1,
                            .direct = false,
                            .own_thread = false}) {}

Result<int> LiveTop::run() {
  auto screen = Screen::open();
  if (!screen) return tl::unexpected(screen.error());
  screen_ = screen->get();
  while (!status_) {
    const auto now = Clock::now();
    look_if_due(now);
    const auto again = client_.work();
    if (std::exchange(is_dirty_, false)) draw();
    const auto next_look = is_asking_ || conversation_.paused()
                               ? again
                               : std::min(again, looked_ + conversation_.interval());
    const bool goes_on = is_dirty_ || (asked_now_ && !is_asking_);
    wait(goes_on ? now : next_look);
    take_signals();
    take_keys();
  }
  screen_ = nullptr;
  return *status_;
}

void LiveTop::look_if_due(Clock::time_point now) {
  const bool is_due = !conversation_.paused() && now >= looked_ + conversation_.interval();
  if (is_asking_ || (!is_due && !asked_now_)) return;
  look(now);
}

void LiveTop::look(Clock::time_point now) {
  asked_now_ = false;
  is_asking_ = true;
  looked_ = now;
  client_.query_then("snapshot", kPatience,
                     [this](Result<std::string> answer) { taken(std::move(answer)); });
  if (model_.view() != TopView::Jobs || is_asking_jobs_) return;
  is_asking_jobs_ = true;
  client_.query_then("jobs", kPatience, [this](const Result<std::string>& answer) {
    is_asking_jobs_ = false;
    auto report = answer ? parse_report(*answer) : tl::unexpected(answer.error());
    if (report) model_.take_jobs(std::move(*report));
    is_dirty_ = true;
  });
}

void LiveTop::taken(Result<std::string> answer) {
  is_asking_ = false;
  is_dirty_ = true;
  auto snapshot = answer ? parse_report(*answer) : tl::unexpected(answer.error());
  const auto now = Clock::now();
  if (snapshot) {
    answered_ = now;
    model_.take(std::move(*snapshot));
    return;
  }
  if (answer || snapshot.error().code == ErrorCode::InvalidArgument) {
    return model_.lose(snapshot.error().context);
  }
  const double for_s = std::chrono::duration<double>(now - answered_.value_or(began_)).count();
  model_.lose(fmt::format("no answer from {} for {}; it goes on as soon as there is one", endpoint_,
                          readable_time(for_s)));
}

void LiveTop::draw() {
  const FrameShape shape{.columns = screen_->columns(),
                         .lines = screen_->lines(),
                         .endpoint = endpoint_,
                         .paused = conversation_.paused(),
                         .footer = conversation_.footer()};
  conversation_.set_page(shape.lines - std::min(shape.lines, kLinesAroundRows));
  screen_->draw(conversation_.shows_help() ? make_help(shape) : make_frame(model_, shape));
}

void LiveTop::wait(Clock::time_point until) {
  std::vector<pollfd> fds{{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  for (const int fd : client_.descriptors()) fds.push_back({fd, POLLIN, 0});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  ::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
  // A terminal that has gone says nothing more.
  if ((fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) status_ = kReaderGone;
}

void LiveTop::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGWINCH) {
      screen_->resize();
      is_dirty_ = true;
    } else {
      status_ = info.ssi_signo == SIGINT ? kDone : 128 + static_cast<int>(info.ssi_signo);
    }
  }
}

void LiveTop::take_keys() {
  while (const auto key = screen_->next_key()) {
    is_dirty_ = true;
    const bool was_paused = conversation_.paused();
    if (const auto wish = conversation_.press(*key)) carry_out(*wish);
    if (was_paused && !conversation_.paused()) asked_now_ = true;
  }
}

void LiveTop::carry_out(const Wish& wish) {
  std::visit([this](const auto& one) { carry_out(one); }, wish);
}

void LiveTop::carry_out(const Quit&) {
  status_ = kDone;
}

void LiveTop::carry_out(const LookNow&) {
  asked_now_ = true;
}

void LiveTop::carry_out(const DrainWorker& wish) {
  client_.drain_then(wish.worker, [this, worker = wish.worker](const Result<void>& drained) {
    is_dirty_ = true;
    if (!drained) return say_refused(drained.error());
    conversation_.say(
        fmt::format("'{}' gets no more jobs, finishes what it has and leaves", worker));
    asked_now_ = true;
  });
}

void LiveTop::carry_out(const CancelJob& wish) {
  const auto id = JobId::parse(wish.job);
  if (!id) return say_refused(id.error());
  client_.cancel_then({*id}, std::chrono::milliseconds(0),
                      [this, job = wish.job](const Result<std::vector<Cancellation>>& cancelled) {
                        is_dirty_ = true;
                        if (!cancelled) return say_refused(cancelled.error());
                        conversation_.say(outcome(job, cancelled->front()));
                        asked_now_ = true;
                      });
}

void LiveTop::carry_out(const CancelJobs& wish) {
  const auto all = cancel_all(client_, wish.user, wish.queue, false);
  if (!all) return say_refused(all.error());
  conversation_.say(fmt::format("cancelled {} that waited; {} asked to stop",
                                counted(all->delayed + all->queued, "job", "jobs"),
                                counted(all->running, "running one", "running ones")));
  asked_now_ = true;
}

void LiveTop::say_refused(const Error& error) {
  conversation_.say(fmt::format("not done: {}", error.context));
}

}  // namespace steelyard::cli
