#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "steelyard/gateway/api/context.hpp"
#include "steelyard/gateway/api/job_news.hpp"

/// GET /v1/jobs/{id}/events: progress, partial results and the outcome as server-sent events.
namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The number of an outcome that is told to who watches; that of a feed has its own.
constexpr std::uint64_t kWatchedOutcome = std::numeric_limits<std::int64_t>::max();

/// One client that listens, from the beginning of its stream to the outcome.
class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(Call call, const JobId& id)
      : call_(std::move(call)), id_(id), timer_(call_.exchange->executor()) {}
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  virtual ~EventStream() = default;

 protected:
  void begin_stream() {
    http::Response head{.content_type = "text/event-stream"};
    head.headers.push_back({"Cache-Control", "no-store"});
    call_.exchange->begin_stream(std::move(head));
    // Who has gone while the broker was asked is told of at once, and only what has begun can end.
    call_.exchange->when_gone([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->end();
    });
  }
  void send(std::string text) {
    said_at_ = std::chrono::steady_clock::now();
    call_.exchange->send(std::move(text));
  }
  void wake_in(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->ended_) return;
      self->keep_alive();
      self->on_time();
    });
  }
  void keep_alive() {
    const auto silent = std::chrono::steady_clock::now() - said_at_;
    if (silent >= limits().keep_alive_period && call_.exchange->unsent_bytes() == 0) {
      send(": still here\n\n");
    }
  }
  /// The outcome was sent, or the client has gone.
  virtual void end() {
    if (std::exchange(ended_, true)) return;
    timer_.cancel();
    call_.exchange->end();
  }
  virtual void on_time() = 0;

  [[nodiscard]] const JobsApiLimits& limits() const { return call_.context->limits; }

  Call call_;
  const JobId id_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point said_at_ = std::chrono::steady_clock::now();
  bool ended_ = false;
};

/// Of a job that was handed in here with `stream`.
class FedStream final : public EventStream {
 public:
  FedStream(Call call, const JobId& id, std::shared_ptr<JobFeed> feed, std::uint64_t last)
      : EventStream(std::move(call), id), feed_(std::move(feed)), last_(last) {}
  ~FedStream() override { feed_->forget(listener_); }

  void begin() {
    begin_stream();
    const std::weak_ptr<FedStream> weak = self();
    listener_ = feed_->listen([weak, executor = call_.exchange->executor()] {
      asio::post(executor, [weak] {
        if (const auto stream = weak.lock()) stream->pump();
      });
    });
    wake_in(limits().keep_alive_period);
    pump();
  }

 private:
  std::shared_ptr<FedStream> self() {
    return std::static_pointer_cast<FedStream>(shared_from_this());
  }
  void on_time() override { wake_in(limits().keep_alive_period); }

  /// Sends what there is, as long as the client takes it.
  void pump() {
    while (!ended_) {
      if (call_.exchange->unsent_bytes() >= limits().max_unsent_event_bytes) return pump_later();
      JobFeed::News news = feed_->after(last_, limits().max_unsent_event_bytes);
      if (!news.text.empty()) send(std::move(news.text));
      if (news.ended) return end();
      if (news.last == last_) return;
      last_ = news.last;
    }
  }
  void pump_later() {
    if (std::exchange(waits_for_room_, true)) return;
    call_.exchange->when_unsent_at_most(
        limits().max_unsent_event_bytes / 2, [weak = weak_from_this()] {
          const auto stream = std::static_pointer_cast<FedStream>(weak.lock());
          if (!stream) return;
          stream->waits_for_room_ = false;
          stream->pump();
        });
  }

  const std::shared_ptr<JobFeed> feed_;
  std::uint64_t last_;
  std::uint64_t listener_ = 0;
  bool waits_for_room_ = false;
};

/// Of any other job: the broker is asked every now and then.
class WatchedStream final : public EventStream {
 public:
  using EventStream::EventStream;
  ~WatchedStream() override {
    if (counts_) --call_.context->watched_jobs;
  }

  void begin() {
    if (call_.context->watched_jobs >= limits().max_watched_jobs) {
      return call_.respond(Problem{503, "too_many_streams",
                                   "too many jobs are watched here; ask again later",
                                   std::chrono::seconds(1)});
    }
    ++call_.context->watched_jobs;
    counts_ = true;
    look();
  }

 private:
  void on_time() override { look(); }

  void look() {
    call_.context->link.get({id_}, [self = std::static_pointer_cast<WatchedStream>(
                                        shared_from_this())](Result<std::vector<JobStatus>> told) {
      if (!self->ended_) self->on_look(std::move(told));
    });
  }
  void on_look(Result<std::vector<JobStatus>> told) {
    if (!began_) {
      if (!told) return call_.respond(told.error());
      if (told->front().standing == Standing::Unknown) return call_.respond(no_such_job(id_));
      began_ = true;
      begin_stream();
      if (ended_) return;
    }
    // A broker that is silent for a while may be back.
    if (!told) return wake_in(limits().watch_period);
    const JobStatus& status = told->front();
    if (!is_under_way(status.standing)) {
      send(event_text(kWatchedOutcome, "outcome",
                      outcome_json(id_.text(), status.standing, status.result)));
      return end();
    }
    if (status.standing != standing_ || status.progress != progress_) {
      standing_ = status.standing;
      progress_ = status.progress;
      send(event_text(0, "progress",
                      json::serialize(json::object{{"status", to_string(status.standing)},
                                                   {"progress", status.progress}})));
    }
    wake_in(limits().watch_period);
  }

  bool counts_ = false;
  bool began_ = false;
  std::optional<Standing> standing_;
  std::uint8_t progress_ = 0;
};

}  // namespace

void send_events(Call call) {
  const auto id = call.job();
  if (!id) return call.respond(id.error());
  const auto header = call.request.header("Last-Event-ID");
  const auto last = header && !header->empty() ? read_whole("Last-Event-ID", *header, 0, INT64_MAX)
                                               : Result<std::int64_t>(0);
  if (!last) return call.respond(last.error());
  const auto number = static_cast<std::uint64_t>(*last);
  auto feed = call.context->feeds->find(*id);
  // A browser comes back when its stream has ended, unless it is told that there is no more.
  if (number == kWatchedOutcome || (number > 0 && feed && feed->outcome() == number)) {
    return call.exchange->respond({.status = 204});
  }
  if (feed) {
    return std::make_shared<FedStream>(std::move(call), *id, std::move(feed), number)->begin();
  }
  std::make_shared<WatchedStream>(std::move(call), *id)->begin();
}

}  // namespace steelyard::gateway
