#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "steelyard/runtime/task/job_control.hpp"
#include "steelyard/runtime/zmq/worker_engine.hpp"

namespace steelyard {

/// A job that a slot runs now: what its work function tells goes out, what it is told comes in.
///
/// Thread safety: the sink's members from any thread that does not hold the engine's mutex; the
/// fields are guarded by that mutex, but for `control`, which guards itself.
class Worker::Engine::Running final : public JobSink {
 public:
  Running(Engine& engine, const zmq_runtime::AssignedJob& assigned)
      : job(assigned), control(*this, assigned.run->stream_window_bytes), engine_(engine) {}

  void on_progress(std::uint8_t percent) override;
  void on_partial(std::string bytes) override;

  const zmq_runtime::AssignedJob& job;
  JobControl control;
  std::optional<TimePoint> ignored_at;  ///< when its stop counts as ignored, if it was asked to

 private:
  Engine& engine_;
};

}  // namespace steelyard
