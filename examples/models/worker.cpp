#include "models/worker.hpp"

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <stop_token>

#include <fmt/format.h>
#include <malloc.h>

#include "common/exit_status.hpp"
#include "models/answer.hpp"
#include "models/bigram_model.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace models {
namespace {

using Clock = std::chrono::steady_clock;

/// A state is named by whoever submits: it must not lead out of the folder.
std::filesystem::path model_path(const std::filesystem::path& folder, std::string_view name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos) {
    throw std::runtime_error(fmt::format("'{}' is not the name of a model", name));
  }
  return folder / name;
}

/// The work function: the worker's state is the model. When the job wants another one than the
/// worker holds, `get_or_load` drops the old one and calls for the new one to be loaded.
std::string answer(const steelyard::Work& work, steelyard::WorkerState& state,
                   const std::filesystem::path& folder) {
  Answer answer;
  const BigramModel& model = state.get_or_load<BigramModel>(work.state, [&] {
    const auto start = Clock::now();
    auto loaded = BigramModel::load(model_path(folder, work.state));
    answer.loaded = true;
    answer.load_s = std::chrono::duration<double>(Clock::now() - start).count();
    return loaded;
  });
  answer.prediction = model.predict(std::string(work.payload));
  return to_json(answer);
}

/// Memory of a model that was let go returns to the system at once, as a device's would. The
/// default keeps some of it after the first loads, which makes later ones a tenth cheaper.
void return_large_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

}  // namespace

int run_worker(const WorkerOptions& options, const example::StopSignals& signals) {
  return_large_memory();
  steelyard::Worker worker({.endpoint = options.broker});
  auto served =
      worker.serve(kQueue, [&options](const steelyard::Work& work, steelyard::WorkerState& state) {
        return answer(work, state, options.folder);
      });
  const std::stop_callback stop(signals.first(), [&worker] { worker.stop(); });
  const std::stop_callback stop_now(signals.second(), [&worker] { worker.stop_now(); });
  if (served) served = worker.run();
  if (served) return example::kDone;
  fmt::print(stderr, "models worker: {}\n", describe(served.error()));
  return example::kWrongUsage;
}

}  // namespace models
