#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/gateway/api/batch_line.hpp"
#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/followed_job.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"
#include "steelyard/runtime/zmq/job_json.hpp"

/// POST /v1/jobs:batch: a job per line in, a line per job out, in order.
namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

class Batch;

/// What becomes of one line.
class BatchJob final : public JobWaiter, public std::enable_shared_from_this<BatchJob> {
 public:
  BatchJob(std::shared_ptr<Batch> batch, std::size_t line, JobRequest job)
      : batch_(std::move(batch)), line_(line), job_(std::move(job)) {}

  void on_unserved() override { unserved_ = true; }
  void on_acknowledged(const JobId& id) override;
  void on_answer(Result<std::string> result, const JobTimes& times) override;
  /// It goes on, and nobody waits for it here.
  void stop_waiting();
  void fail(const Error& error);

  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }
  [[nodiscard]] bool waits() const { return job_.wait.count() > 0; }
  [[nodiscard]] bool is_only_ours() const {
    return waits() && job_.options.key.empty() && !job_.keep.value_or(false);
  }
  /// The broker may need longer to take a job than its result is waited for, if it is at all.
  [[nodiscard]] Clock::time_point until() const {
    const bool may_be_taken = !id_ && (job_.options.keep || !waits());
    return began_ + (may_be_taken ? std::max(job_.wait, kAcknowledgeTimeout) : job_.wait);
  }
  /// The broker has it, and keeps it when nobody waits.
  [[nodiscard]] bool goes_on() const { return id_ && (job_.options.keep || follows_); }
  BrokerLink::Ticket ticket = 0;

 private:
  void follow(const JobId& original);
  void say(json::object fields);

  std::shared_ptr<Batch> batch_;  // until it has its text
  const std::size_t line_;
  const JobRequest job_;
  const Clock::time_point began_ = Clock::now();
  std::optional<JobId> id_;
  bool follows_ = false;  // a job that was handed in before
  std::weak_ptr<FollowedJob> followed_;
  bool unserved_ = false;
  std::optional<std::string> text_;
};

/// Reads lines as long as few are on their way and the client takes what is answered.
class Batch final : public std::enable_shared_from_this<Batch> {
 public:
  explicit Batch(Call call)
      : call_(std::move(call)),
        text_(call_.request.take_body()),
        timer_(call_.exchange->executor()) {}

  void begin() {
    call_.exchange->when_gone([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->on_gone();
    });
    call_.exchange->begin_stream({.content_type = "application/x-ndjson"});
    go_on();
  }

  /// A line has its text, or waits for less long.
  void on_change() { go_on_soon(); }

  std::shared_ptr<FollowedJob> followed(const JobId& job, FollowedJob::Then then) {
    return std::make_shared<FollowedJob>(call_.context->link, call_.exchange->executor(), job,
                                         std::move(then));
  }

 private:
  [[nodiscard]] const JobsApiLimits& limits() const { return call_.context->limits; }

  void go_on_soon() {
    if (std::exchange(is_posted_, true)) return;
    asio::post(call_.exchange->executor(), [self = shared_from_this()] {
      self->is_posted_ = false;
      self->go_on();
    });
  }

  void go_on() {
    if (gone_ || ended_) return;
    while (has_more() && jobs_.size() < limits().max_batch_jobs_ahead &&
           call_.exchange->unsent_bytes() < limits().max_unsent_event_bytes) {
      read_line();
    }
    send_done();
    if (!has_more() && jobs_.empty()) {
      ended_ = true;
      timer_.cancel();
      return call_.exchange->end();
    }
    if (has_more() && jobs_.empty()) wait_for_room();
    watch_time();
  }

  [[nodiscard]] bool has_more() const { return read_ < text_.size(); }

  void read_line() {
    const std::string_view rest = std::string_view(text_).substr(read_);
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    read_ += std::min(end + 1, rest.size());
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line_ > limits().max_batch_lines) {
      read_ = text_.size();
      return add_failed({ErrorCode::InvalidArgument,
                         fmt::format("a batch has at most {} lines; this one and those after it "
                                     "were not read",
                                     limits().max_batch_lines)});
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    if (line.size() > limits().max_batch_line_bytes) {
      return add_failed(
          {ErrorCode::PayloadTooLarge,
           fmt::format("column {}: a line has at most {} bytes", limits().max_batch_line_bytes + 1,
                       limits().max_batch_line_bytes)});
    }
    auto read = read_batch_line(line, limits().max_wait);
    if (!read) return add_failed(read.error());
    hand_in(std::move(*read));
  }

  void hand_in(BatchLine line) {
    line.job.options.keep = line.job.keep.value_or(true);
    line.job.options.tell_acknowledged = true;
    RemoteJobOptions options = line.job.options;
    auto job = std::make_shared<BatchJob>(shared_from_this(), line_, std::move(line.job));
    jobs_.push_back(job);
    job->ticket = call_.context->link.submit({.queue = std::move(line.queue),
                                              .payload = std::move(line.payload),
                                              .options = std::move(options)},
                                             job);
  }

  void add_failed(const Error& error) {
    auto job = std::make_shared<BatchJob>(shared_from_this(), line_, JobRequest{});
    jobs_.push_back(job);
    job->fail(error);
  }

  void send_done() {
    std::string text;
    while (!jobs_.empty() && jobs_.front()->text()) {
      text += *jobs_.front()->text();
      jobs_.pop_front();
    }
    if (!text.empty()) call_.exchange->send(std::move(text));
    if (has_more() && jobs_.size() < limits().max_batch_jobs_ahead / 2 &&
        call_.exchange->unsent_bytes() < limits().max_unsent_event_bytes) {
      go_on_soon();
    }
  }

  void wait_for_room() {
    if (std::exchange(waits_for_room_, true)) return;
    call_.exchange->when_unsent_at_most(limits().max_unsent_event_bytes / 2,
                                        [self = shared_from_this()] {
                                          self->waits_for_room_ = false;
                                          self->go_on_soon();
                                        });
  }

  /// One timer for all that wait.
  void watch_time() {
    auto first = Clock::time_point::max();
    for (const auto& job : jobs_) {
      if (!job->text()) first = std::min(first, job->until());
    }
    if (first == watched_ || first == Clock::time_point::max()) return;
    watched_ = first;
    timer_.expires_at(first);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self) self->on_time();
    });
  }

  void on_time() {
    watched_ = Clock::time_point::max();
    const auto now = Clock::now();
    for (const auto& job : jobs_) {
      if (job->text() || job->until() > now) continue;
      if (!job->goes_on()) call_.context->link.give_up(job->ticket);
      job->stop_waiting();
    }
    go_on();
  }

  void on_gone() {
    gone_ = true;
    timer_.cancel();
    for (const auto& job : jobs_) {
      if (job->is_only_ours() && !job->text()) call_.context->link.give_up(job->ticket);
      // One that goes on, perhaps for days, must not hold the batch and its text.
      job->stop_waiting();
    }
    jobs_.clear();
  }

  Call call_;
  const std::string text_;
  std::size_t read_ = 0;
  std::size_t line_ = 0;
  std::deque<std::shared_ptr<BatchJob>> jobs_;
  asio::steady_timer timer_;
  Clock::time_point watched_ = Clock::time_point::max();
  bool is_posted_ = false;
  bool waits_for_room_ = false;
  bool gone_ = false;
  bool ended_ = false;
};

void BatchJob::on_acknowledged(const JobId& id) {
  id_ = id;
  // One that is not kept is given up when its time is over, by the batch.
  const bool is_over = job_.options.keep && until() <= Clock::now();
  if (!waits() || is_over) return stop_waiting();
  if (batch_) batch_->on_change();
}

void BatchJob::on_answer(Result<std::string> result, const JobTimes& times) {
  if (text_) return;
  if (!result) {
    const auto original = job_with_key(result.error());
    if (original && result.error().code == ErrorCode::DuplicateKey) return follow(*original);
    return fail(result.error());
  }
  JobStatus status{Standing::Finished, std::move(result), times, 0};
  say(job_json(id_.value_or(JobId{}).text(), status));
}

/// Its result is the broker's to tell.
void BatchJob::follow(const JobId& original) {
  id_ = original;
  follows_ = true;
  if (!waits() || until() <= Clock::now()) return stop_waiting();
  const auto followed =
      batch_->followed(original, [self = shared_from_this()](Result<JobStatus> told) {
        if (!told) return self->fail(told.error());
        if (!told->result) return self->fail(told->result.error());
        self->say(job_json(self->id_->text(), *told));
      });
  followed_ = followed;
  followed->look();
  batch_->on_change();
}

void BatchJob::stop_waiting() {
  if (text_) return;
  if (!id_) return fail({ErrorCode::TimedOut, "the broker did not take the job in time"});
  if (waits() && !goes_on()) {
    return fail({ErrorCode::TimedOut, "the job was not done in time, and is dropped"});
  }
  json::object fields{{"id", id_->text()}, {"status", "accepted"}};
  if (unserved_) fields["no_workers"] = true;
  say(std::move(fields));
}

void BatchJob::fail(const Error& error) {
  json::object fields{{"code", to_string(error.code)}, {"error", printable(error.context)}};
  if (id_) fields["id"] = id_->text();
  say(std::move(fields));
}

void BatchJob::say(json::object fields) {
  json::object told{{"line", line_}};
  for (auto& field : fields) told.insert_or_assign(field.key(), std::move(field.value()));
  text_ = monitor::json_text(told) + "\n";
  if (const auto followed = followed_.lock()) followed->stop();
  if (const auto batch = std::exchange(batch_, nullptr)) batch->on_change();
}

}  // namespace

void submit_batch(Call call) {
  std::make_shared<Batch>(std::move(call))->begin();
}

}  // namespace steelyard::gateway
