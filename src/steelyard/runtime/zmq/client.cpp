#include "steelyard/runtime/zmq/client.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/client_engine.hpp"
#include "steelyard/wire/parts.hpp"

namespace steelyard {
namespace {

zmq_runtime::ClientSession::Kind kind_of(std::string_view queue, const RemoteJobOptions& options) {
  return {std::string(queue), options.state, options.user,
          options.priority,   false,         options.result_via_broker};
}

}  // namespace

Client::Client(ClientOptions options) : engine_(std::make_unique<Engine>(std::move(options))) {}
Client::~Client() = default;

Result<void> Client::connect(std::chrono::milliseconds timeout) {
  return engine_->connect(timeout);
}

Future<std::string> Client::submit(std::string_view queue, std::string payload,
                                   const RemoteJobOptions& options) {
  std::vector<std::string> payloads;
  payloads.push_back(std::move(payload));
  return std::move(submit_batch(queue, std::move(payloads), options).front());
}

std::vector<Future<std::string>> Client::submit_batch(std::string_view queue,
                                                      std::vector<std::string> payloads,
                                                      const RemoteJobOptions& options) {
  Engine::Submission submission{kind_of(queue, options), std::move(payloads), {}};
  std::vector<Future<std::string>> futures;
  for (std::size_t i = 0; i < submission.payloads.size(); ++i) {
    futures.push_back(submission.sink.promises.emplace_back().future());
  }
  engine_->submit(std::move(submission));
  return futures;
}

void Client::submit_batch(std::string_view queue, std::vector<std::string> payloads,
                          const RemoteJobOptions& options, CompletionQueue& into,
                          std::uint64_t first_tag) {
  Engine::Submission submission{kind_of(queue, options), std::move(payloads), {}};
  submission.sink.queue = &into;
  submission.sink.first_tag = first_tag;
  engine_->submit(std::move(submission));
}

void Client::submit_unit(std::string_view queue, const std::vector<std::string>& parts,
                         const RemoteJobOptions& options, CompletionQueue& into,
                         std::uint64_t tag) {
  Engine::Submission submission{kind_of(queue, options), {wire::pack_parts(parts)}, {}};
  submission.kind.unit = true;
  submission.sink.queue = &into;
  submission.sink.first_tag = tag;
  engine_->submit(std::move(submission));
}

Result<std::string> Client::query(std::string_view what, std::chrono::milliseconds timeout) {
  return engine_->query(what, timeout);
}

Client::Stats Client::stats() const {
  return engine_->stats();
}

Result<std::vector<Result<std::string>>> unpack_unit(std::string_view result) {
  return wire::unpack_answers(result);
}

}  // namespace steelyard
