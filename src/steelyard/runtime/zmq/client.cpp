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
  Engine::Sink sink;
  Future<std::string> future = sink.promises.emplace_back().future();
  engine_->submit(kind_of(queue, options), {&payload, 1}, std::move(sink));
  return future;
}

std::vector<Future<std::string>> Client::submit_batch(std::string_view queue,
                                                      const std::vector<std::string>& payloads,
                                                      const RemoteJobOptions& options) {
  Engine::Sink sink;
  std::vector<Future<std::string>> futures;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    futures.push_back(sink.promises.emplace_back().future());
  }
  engine_->submit(kind_of(queue, options), views_of(payloads), std::move(sink));
  return futures;
}

void Client::submit_batch(std::string_view queue, std::span<const std::string_view> payloads,
                          const RemoteJobOptions& options, CompletionQueue& into,
                          std::uint64_t first_tag) {
  engine_->submit(kind_of(queue, options), payloads, {{}, &into, first_tag});
}

void Client::submit_batch(std::string_view queue, const std::vector<std::string>& payloads,
                          const RemoteJobOptions& options, CompletionQueue& into,
                          std::uint64_t first_tag) {
  submit_batch(queue, views_of(payloads), options, into, first_tag);
}

void Client::submit_unit(std::string_view queue, const std::vector<std::string>& parts,
                         const RemoteJobOptions& options, CompletionQueue& into,
                         std::uint64_t tag) {
  zmq_runtime::ClientSession::Kind kind = kind_of(queue, options);
  kind.unit = true;
  const std::string packed = wire::pack_parts(parts);
  const std::string_view payload = packed;
  engine_->submit(kind, {&payload, 1}, {{}, &into, tag});
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
