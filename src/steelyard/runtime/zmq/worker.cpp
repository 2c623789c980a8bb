#include "steelyard/runtime/zmq/worker.hpp"

#include <utility>

#include "steelyard/runtime/zmq/worker_engine.hpp"

namespace steelyard {

Worker::Worker(RemoteWorkerOptions options)
    : engine_(std::make_unique<Engine>(std::move(options))) {}
Worker::~Worker() = default;

Result<void> Worker::serve(const std::string& queue, TaskFunction task, TaskOptions options) {
  return engine_->serve(queue, std::move(task), options);
}

Result<void> Worker::run() {
  return engine_->run();
}
void Worker::stop() {
  engine_->stop();
}
void Worker::stop_now() {
  engine_->stop_now();
}
Worker::Stats Worker::stats() const {
  return engine_->stats();
}

}  // namespace steelyard
