#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/followed_job.hpp"
#include "steelyard/gateway/api/job_feeds.hpp"
#include "steelyard/gateway/api/job_news.hpp"
#include "steelyard/gateway/api/job_request.hpp"
#include "steelyard/runtime/zmq/job_json.hpp"

/// POST /v1/queues/{queue}/jobs: hands in the body as a job, and may wait for its result.
namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::milliseconds;

/// From the request to its answer: 200 with the result, 202 when nobody waits for it any longer, or
/// a problem. It stays until the job is answered, so that its feed is told; the request does not.
class Submission final : public JobWaiter, public std::enable_shared_from_this<Submission> {
 public:
  Submission(const Call& call, JobRequest job)
      : context_(call.context),
        exchange_(call.exchange),
        job_(std::move(job)),
        timer_(exchange_->executor()) {}
  /// Given up, or the link has ended: who listens must not wait for news that nobody brings.
  ~Submission() override {
    if (!feed_) return;
    if (id_) context_->feeds->close(*id_);
    feed_->close();  // it may have made room for others
  }
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  void begin(std::string queue, std::string payload) {
    waits_ = job_.wait.count() > 0;
    const std::uint64_t window = job_.options.stream_window_bytes;
    if (window > 0) feed_ = std::make_shared<JobFeed>(window);
    job_.options.keep = job_.keep.value_or(true);
    job_.options.tell_acknowledged = true;
    is_only_ours_ = waits_ && job_.options.key.empty() && !job_.keep.value_or(false);
    ticket_ = link().submit(
        {.queue = std::move(queue), .payload = std::move(payload), .options = job_.options},
        shared_from_this());
    wake_in(waits_ ? job_.wait : kAcknowledgeTimeout, &Submission::on_time_over);
    exchange_->when_gone([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->on_gone();
    });
  }

  void on_unserved() override { unserved_ = true; }

  void on_acknowledged(const JobId& id) override {
    id_ = id;
    if (feed_) context_->feeds->add(id, feed_);
    if (!waits_) accept(id);
  }

  void on_news(const Completion& news) override {
    if (feed_) tell_news(*feed_, news);
  }

  void on_answer(Result<std::string> result, const JobTimes&) override {
    if (feed_ && id_) tell_outcome(*feed_, id_->text(), result);
    if (answered_) return;
    const auto original = result ? std::nullopt : job_with_key(result.error());
    if (original && result.error().code == ErrorCode::DuplicateKey) return follow(*original);
    finish();
    if (!result) return respond(result.error());
    exchange_->respond(result_response(id_.value_or(JobId{}), std::move(*result)));
  }

 private:
  BrokerLink& link() { return context_->link; }
  void respond(const Error& error) { exchange_->respond(to_response(problem_of(error, true))); }

  void wake_in(milliseconds time, void (Submission::*then)()) {
    timer_.expires_after(time);
    timer_.async_wait([weak = weak_from_this(), then](boost::system::error_code error) {
      const auto self = weak.lock();
      if (!error && self && !self->answered_) (self.get()->*then)();
    });
  }

  void finish() {
    answered_ = true;
    timer_.cancel();
    if (const auto followed = followed_.lock()) followed->stop();
  }

  /// The job goes on without the request.
  void accept(const JobId& id) {
    if (answered_) return;
    finish();
    const bool journal = job_.options.durability == Durability::Journal;
    json::object told{{"id", id.text()}, {"durability", journal ? "journal" : "memory"}};
    if (unserved_) told["no_workers"] = true;
    http::Response response{
        .status = 202, .content_type = "application/json", .body = json::serialize(told)};
    response.headers.push_back({"Location", "/v1/jobs/" + id.text()});
    // The job may go on for days.
    std::exchange(exchange_, nullptr)->respond(std::move(response));
  }

  void on_time_over() {
    if (original_) return accept(*original_);
    if (id_ && job_.options.keep) return accept(*id_);
    // The broker may need longer to take the job, as when it goes to disk, than its result is
    // waited for.
    const auto left = kAcknowledgeTimeout - job_.wait;
    const bool may_be_taken = !id_ && job_.options.keep && link().is_connected();
    if (may_be_taken && std::exchange(waits_, false) && left.count() > 0) {
      return wake_in(left, &Submission::on_time_over);
    }
    finish();
    link().give_up(ticket_);
    const std::string what = id_ ? "the job was not done" : "the broker did not take the job";
    const bool no_broker = !id_ && !link().is_connected();
    respond(no_broker ? Error{ErrorCode::NotConnected, "no broker answers"}
                      : Error{ErrorCode::TimedOut, what + " in time, and is dropped"});
  }

  void on_gone() {
    has_gone_ = true;
    if (answered_) return;
    if (original_) return accept(*original_);  // which ends the looking
    if (!is_only_ours_) return;
    finish();
    link().give_up(ticket_);
  }

  /// It was handed in before: its answer is the broker's to tell.
  void follow(const JobId& original) {
    original_ = original;
    if (!waits_ || has_gone_) return accept(original);
    const auto followed = std::make_shared<FollowedJob>(
        link(), exchange_->executor(), original,
        [self = shared_from_this()](Result<JobStatus> told) { self->on_end(std::move(told)); });
    followed_ = followed;
    followed->look();
  }

  void on_end(Result<JobStatus> told) {
    finish();
    if (!told) return respond(told.error());
    if (!told->result) return respond(told->result.error());
    if (told->standing != Standing::Finished) {
      return exchange_->respond(to_response(no_such_job(*original_)));
    }
    exchange_->respond(result_response(*original_, std::move(*told->result)));
  }

  const std::shared_ptr<ApiContext> context_;
  std::shared_ptr<http::Exchange> exchange_;  // until it has its answer
  JobRequest job_;
  asio::steady_timer timer_;
  BrokerLink::Ticket ticket_ = 0;
  std::shared_ptr<JobFeed> feed_;
  std::optional<JobId> id_;
  std::optional<JobId> original_;
  std::weak_ptr<FollowedJob> followed_;  // until `original_` is over
  bool waits_ = false;                   // for the result
  bool is_only_ours_ = false;
  bool has_gone_ = false;
  bool unserved_ = false;
  bool answered_ = false;
};

/// Headers first, so that the query wins.
Result<JobRequest> read_job(const Call& call) {
  JobRequest job;
  for (const std::string_view setting : kJobSettings) {
    std::optional<std::string_view> value = call.parameters.find(setting);
    if (!value) value = call.request.header(header_of(setting));
    if (!value) continue;
    auto read = read_setting(setting, *value, call.context->limits.max_wait, job);
    if (!read) return tl::unexpected(read.error());
  }
  return job;
}

}  // namespace

void submit_job(Call call) {
  std::string queue(call.capture("queue"));
  if (auto valid = check_name("queue", queue); !valid) return call.respond(valid.error());
  auto job = read_job(call);
  if (!job) return call.respond(job.error());
  std::make_shared<Submission>(call, std::move(*job))
      ->begin(std::move(queue), call.request.take_body());
}

}  // namespace steelyard::gateway
