#include "steelyard/runtime/zmq/client.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/client_engine.hpp"
#include "steelyard/wire/parts.hpp"

namespace steelyard {
namespace {

zmq_runtime::ClientSession::Kind kind_of(std::string_view queue, const RemoteJobOptions& options) {
  return {.queue = std::string(queue),
          .state = options.state,
          .user = options.user,
          .priority = options.priority,
          // On two ways the result could come before what belongs before it.
          .via_broker = options.result_via_broker || options.stream_window_bytes > 0,
          .keep = options.keep || !options.key.empty(),
          .tags = options.tags,
          .state_bytes = options.state_bytes,
          .delay = options.delay,
          .start_within = options.start_within,
          .time_limit = options.time_limit,
          .key = options.key,
          .journal = options.durability == Durability::Journal,
          .stream_window_bytes = options.stream_window_bytes};
}

std::vector<std::string_view> views_of(const std::vector<std::string>& payloads) {
  return {payloads.begin(), payloads.end()};
}

}  // namespace

Client::Client(ClientOptions options) : engine_(std::make_unique<Engine>(std::move(options))) {}
Client::~Client() = default;

Result<void> Client::connect(std::chrono::milliseconds timeout) {
  return engine_->connect(timeout);
}

Future<std::string> Client::submit(std::string_view queue, std::string_view payload,
                                   const RemoteJobOptions& options) {
  std::vector<Future<std::string>> futures;
  engine_->submit(kind_of(queue, options), {&payload, 1}, {.futures = &futures});
  return std::move(futures.front());
}

std::vector<Future<std::string>> Client::submit_batch(std::string_view queue,
                                                      const std::vector<std::string>& payloads,
                                                      const RemoteJobOptions& options) {
  std::vector<Future<std::string>> futures;
  engine_->submit(kind_of(queue, options), views_of(payloads), {.futures = &futures});
  return futures;
}

JobId Client::submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                           const RemoteJobOptions& options, CompletionQueue& into,
                           std::uint64_t first_tag) {
  return engine_->submit(
      kind_of(queue, options), payloads,
      {.queue = &into, .first_tag = first_tag, .tell_acknowledged = options.tell_acknowledged});
}

JobId Client::submit_batch(std::string_view queue, const std::vector<std::string>& payloads,
                           const RemoteJobOptions& options, CompletionQueue& into,
                           std::uint64_t first_tag) {
  return submit_batch(queue, views_of(payloads), options, into, first_tag);
}

JobId Client::submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                           const RemoteJobOptions& options, CompletionQueue& into,
                           std::span<const std::uint64_t> tags) {
  STEELYARD_ASSERT(tags.size() == payloads.size());
  return engine_->submit(
      kind_of(queue, options), payloads,
      {.queue = &into, .tags = tags, .tell_acknowledged = options.tell_acknowledged});
}

JobId Client::submit_unit(std::string_view queue, const std::vector<std::string>& parts,
                          const RemoteJobOptions& options, CompletionQueue& into,
                          std::uint64_t tag) {
  zmq_runtime::ClientSession::Kind kind = kind_of(queue, options);
  kind.unit = true;
  const std::string packed = wire::pack_parts(parts);
  const std::string_view payload = packed;
  return engine_->submit(
      kind, {&payload, 1},
      {.queue = &into, .first_tag = tag, .tell_acknowledged = options.tell_acknowledged});
}

std::uint64_t Client::session() const {
  return engine_->session();
}

Result<std::vector<JobStatus>> Client::get(std::span<const JobId> jobs) {
  return engine_->ask(jobs);
}

Result<JobStatus> Client::get(const JobId& job) {
  return get(std::span(&job, 1)).map([](auto statuses) { return std::move(statuses.front()); });
}

Result<std::vector<JobId>> Client::wait_acknowledged(std::span<const JobId> jobs,
                                                     std::chrono::milliseconds timeout) {
  return engine_->wait_acknowledged(jobs, timeout);
}

Result<std::vector<Cancellation>> Client::cancel(std::span<const JobId> jobs) {
  return engine_->cancel(jobs, engine_->options().cancel_timeout);
}

Result<std::vector<Cancellation>> Client::cancel(std::span<const JobId> jobs,
                                                 std::chrono::milliseconds timeout) {
  return engine_->cancel(jobs, timeout);
}

Result<Cancellation> Client::cancel(const JobId& job) {
  return cancel(std::span(&job, 1)).map([](const auto& told) { return told.front(); });
}

Result<MatchingJobs> Client::cancel_matching(std::string_view user, std::string_view queue,
                                             bool dry_run) {
  if (user.empty() && queue.empty()) {
    return failure(ErrorCode::InvalidArgument, "name a user or a queue whose jobs are meant");
  }
  return engine_->cancel_matching(user, queue, dry_run);
}

Result<Standing> Client::quarantine(const JobId& job, bool release) {
  return engine_->quarantine(job, release);
}

Result<void> Client::close(std::chrono::milliseconds timeout) {
  return engine_->close(timeout);
}

void Client::abort() {
  engine_->abort();
}

Result<void> Client::drain(std::string_view worker) {
  return engine_->drain(worker);
}

Result<PinStatus> Client::pin(const Pin& pin) {
  return engine_->pin(pin);
}

Result<void> Client::announce(std::string_view kind, std::string_view name, std::string_view json) {
  return engine_->announce(kind, name, json);
}

Result<std::string> Client::query(std::string_view what, std::chrono::milliseconds timeout) {
  return engine_->query(what, timeout);
}

std::vector<int> Client::descriptors() const {
  return engine_->descriptors();
}

std::chrono::steady_clock::time_point Client::work() {
  return std::chrono::steady_clock::time_point(engine_->work().time_since_epoch());
}

void Client::get_then(std::vector<JobId> jobs, Then<std::vector<JobStatus>> then) {
  engine_->get_then(std::move(jobs), std::move(then));
}

void Client::cancel_then(std::vector<JobId> jobs, std::chrono::milliseconds timeout,
                         Then<std::vector<Cancellation>> then) {
  engine_->cancel_then(std::move(jobs), timeout, std::move(then));
}

void Client::query_then(std::string what, std::chrono::milliseconds timeout,
                        Then<std::string> then) {
  engine_->query_then(std::move(what), timeout, std::move(then));
}

void Client::drain_then(std::string worker, Then<void> then) {
  engine_->drain_then(std::move(worker), std::move(then));
}

Client::Stats Client::stats() const {
  return engine_->stats();
}

Result<std::vector<Result<std::string>>> unpack_unit(std::string_view result) {
  return wire::unpack_answers(result);
}

}  // namespace steelyard
