#include "ocr/worker.hpp"

#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "ocr/answer.hpp"
#include "ocr/reader.hpp"
#include "steelyard/runtime/zmq/worker.hpp"

namespace ocr {
namespace {

using Clock = std::chrono::steady_clock;

/// A work function says what is wrong by throwing; the text becomes the job's error.
template <class T>
T value_or_throw(steelyard::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().context);
  return std::move(*result);
}

/// The work function: the worker's state is the language. When the job wants another one than the
/// worker holds, `get_or_load` drops the old one and calls for the new one to be loaded.
std::string answer(const steelyard::Work& work, steelyard::WorkerState& state) {
  Answer answer;
  const Reader& reader = state.get_or_load<Reader>(work.state, [&] {
    const auto start = Clock::now();
    auto loaded = value_or_throw(find_language(work.state).and_then(&Reader::load));
    answer.loaded = true;
    answer.load_s = std::chrono::duration<double>(Clock::now() - start).count();
    return loaded;
  });
  answer.text = value_or_throw(reader.read(work.payload));
  return to_json(answer);
}

}  // namespace

int run_worker(const WorkerOptions& options, const example::StopSignals& signals) {
  steelyard::Worker worker({.endpoint = options.broker});
  auto served = worker.serve(kQueue, answer);
  const std::stop_callback stop(signals.first(), [&worker] { worker.stop(); });
  const std::stop_callback stop_now(signals.second(), [&worker] { worker.stop_now(); });
  if (served) served = worker.run();
  if (served) return example::kDone;
  fmt::print(stderr, "ocr worker: {}\n", describe(served.error()));
  return example::kWrongUsage;
}

}  // namespace ocr
