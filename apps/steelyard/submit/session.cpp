#include "submit/session.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "submit/news.hpp"
#include "submit/original.hpp"

namespace steelyard::cli {
namespace {

constexpr std::chrono::milliseconds kLookAround{100};
/// When all that was handed in is answered and the source may be at its end.
constexpr std::chrono::milliseconds kLookSoon{20};

std::uint64_t bytes_of(const std::vector<std::string>& payloads) {
  std::uint64_t bytes = 0;
  for (const std::string& payload : payloads) bytes += payload.size();
  return bytes;
}

}  // namespace

SubmitSession::SubmitSession(Options options, std::unique_ptr<Client> client,
                             std::unique_ptr<JobSource> source)
    : options_(std::move(options)),
      source_(std::move(source)),
      client_(std::move(client)),
      window_(options_.window),
      answers_(options_.answers),
      bar_(options_.progress),
      stall_(options_.queue, options_.job.priority) {}

int SubmitSession::run(StopSignals& signals) {
  signals.watch({.first =
                     [this] {
                       interrupted_ = true;
                       stop_reading();
                     },
                 .second = [] { ::_exit(kInterrupted); }});
  int status = kDone;
  {
    const std::jthread reader([this] { feed(); });
    status = print_answers();
    stop_reading();
  }
  signals.end();
  bar_.clear();
  return conclude(status);
}

// The reading thread.

void SubmitSession::feed() {
  while (true) {
    auto payloads = source_->next();
    if (!payloads) source_error_ = payloads.error();
    if (!payloads || payloads->empty()) break;
    if (!(options_.unit ? hand_in_unit(*payloads) : hand_in_split(std::move(*payloads)))) break;
  }
  ended_ = true;
}

/// Returns false when it was told to stop.
bool SubmitSession::hand_in_split(std::vector<std::string> payloads) {
  // Half of the window at once, so that the other half keeps the workers busy meanwhile.
  const std::size_t most = std::max<std::size_t>(1, options_.window.jobs / 2);
  if (payloads.size() <= most) return hand_in(std::move(payloads));
  for (std::size_t first = 0; first < payloads.size(); first += most) {
    const auto begin =
        std::make_move_iterator(payloads.begin()) + static_cast<std::ptrdiff_t>(first);
    const std::size_t count = std::min(most, payloads.size() - first);
    if (!hand_in({begin, begin + static_cast<std::ptrdiff_t>(count)})) return false;
  }
  return true;
}

bool SubmitSession::hand_in(std::vector<std::string> payloads) {
  const std::uint64_t tag = handed_in_;
  const std::uint64_t count = payloads.size();
  if (!window_.wait_for_room({tag, count, bytes_of(payloads)})) return false;
  handed_in_ += count;
  for (std::uint64_t i = 0; i < count; ++i) window_.enter({tag + i, 1, payloads[i].size()});
  client_->submit_batch(options_.queue, std::move(payloads), options_.job, completions_, tag);
  return true;
}

bool SubmitSession::hand_in_unit(const std::vector<std::string>& parts) {
  const Window::Entry entry{handed_in_, parts.size(), bytes_of(parts)};
  if (!window_.wait_for_room(entry)) return false;
  handed_in_ += parts.size();
  window_.enter(entry);
  client_->submit_unit(options_.queue, parts, options_.job, completions_, entry.tag);
  return true;
}

void SubmitSession::stop_reading() {
  window_.close();
  source_->stop();
}

// The printing thread.

/// Returns the exit status of printing.
int SubmitSession::print_answers() {
  while (!interrupted_ && !finished()) {
    std::vector<Completion> came = completions_.take(patience());
    if (!came.empty()) stall_.progressed();
    for (Completion& completion : came) {
      if (const int status = take(std::move(completion)); status != kDone) return status;
    }
    if (const int status = print_text(answers_.take()); status != kDone) return status;
    warn_of_stall();
    bar_.draw(progress());
  }
  return kDone;
}

/// Returns the exit status of printing.
int SubmitSession::take(Completion completion) {
  if (completion.kind != Completion::Kind::Answer) return print_news(completion);
  const auto original = completion.result ? std::nullopt : job_with_key(completion.result.error());
  std::string job;
  if (completion.number > 0) job = JobId{client_->session(), completion.number}.text();
  if (original && completion.result.error().code == ErrorCode::DuplicateKey) {
    job = original->text();
    completion.result = await_original(*client_, *original, interrupted_);
  }
  const std::uint64_t bytes = completion.result ? completion.result->size() : 0;
  const std::uint64_t jobs = window_.answered(completion.tag, bytes);
  std::vector<Result<std::string>> answers;
  if (options_.unit) {
    if (auto parts = completion.result.and_then(unpack_unit)) answers = std::move(*parts);
    // A unit that failed as a whole failed for each of its jobs.
    const Error error = completion.result ? Error{ErrorCode::Malformed,
                                                  "the worker's answer has another number "
                                                  "of parts than the batch"}
                                          : completion.result.error();
    if (answers.size() != jobs) answers.assign(jobs, tl::unexpected(error));
  } else {
    answers.push_back(std::move(completion.result));
  }
  answers_.add(completion.tag, std::move(answers), std::move(job));
  return kDone;
}

int SubmitSession::print_news(const Completion& news) {
  const bool is_json = options_.answers.form == Answers::Form::Json;
  const NewsText text = news_text(news, is_json, options_.progress);
  if (news.kind == Completion::Kind::Progress) percent_ = news.progress;
  if (text.output.empty() && text.errors.empty()) return kDone;
  bar_.clear();
  if (!text.errors.empty()) print_error(text.errors);
  return text.output.empty() ? kDone : print(text.output);
}

int SubmitSession::print_text(const Answers::Text& text) {
  for (const std::uint64_t tag : text.tags) window_.leave(tag);
  if (text.output.empty() && text.errors.empty()) return kDone;
  bar_.clear();
  if (!text.errors.empty()) print_error(text.errors);
  return text.output.empty() ? kDone : print(text.output);
}

void SubmitSession::warn_of_stall() {
  const auto warning = stall_.look(*client_);
  if (!warning) return;
  bar_.clear();
  complain("submit", "warning: " + *warning);
}

std::chrono::milliseconds SubmitSession::patience() const {
  return answers_.answered() == handed_in_ ? kLookSoon : kLookAround;
}

bool SubmitSession::finished() const {
  return ended_ && answers_.answered() == handed_in_;
}

ProgressState SubmitSession::progress() const {
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began_;
  ProgressState state{answers_.answered(), answers_.failed(), source_->read_part(), time.count()};
  if (options_.answers.one_job) state.part = percent_ / 100.0;
  // What has been read counts as far as it is answered; lines are taken to be of equal length.
  const std::uint64_t handed_in = handed_in_;
  if (state.part && handed_in > 0 && !options_.answers.one_job) {
    *state.part *= static_cast<double>(state.done) / static_cast<double>(handed_in);
  }
  return state;
}

/// The last words; returns the exit status.
int SubmitSession::conclude(int status) {
  if (status != kDone) return status;
  if (interrupted_) {
    complain("submit", fmt::format("stopped: {} of {} jobs handed in are done; those still queued "
                                   "are dropped",
                                   with_commas(answers_.answered()), with_commas(handed_in_)));
    return kInterrupted;
  }
  if (options_.progress && !options_.answers.one_job) {
    const ProgressState state = progress();
    print_error(fmt::format(
        "{} in {}, {:.0f} jobs/s{}\n", counted(state.done, "job", "jobs"),
        readable_time(state.seconds), static_cast<double>(state.done) / state.seconds,
        state.failed == 0 ? "" : fmt::format(", {} failed", with_commas(state.failed))));
  }
  if (source_error_) return give_up("submit", *source_error_);
  return answers_.failed() > 0 ? kFailed : kDone;
}

}  // namespace steelyard::cli
