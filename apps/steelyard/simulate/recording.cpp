#include "simulate/recording.hpp"

#include <fstream>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "simulate/recording_report.hpp"
#include "simulate/run.hpp"
#include "simulate/trial.hpp"
#include "steelyard/trace/reader.hpp"

namespace steelyard::cli {
namespace {

using Traffic = std::shared_ptr<const sim::RecordedTraffic>;

struct ReadRecording {
  Recording recording;
  Traffic traffic;  ///< nullptr: there is nothing to try
  std::string why_nothing;
};

Result<void> check(const Simulate& options) {
  if (options.words.size() != 2) {
    return failure(ErrorCode::InvalidArgument,
                   "trace needs one FILE that `steelyard broker --record FILE` wrote");
  }
  if (options.workers > 0) {
    return failure(ErrorCode::InvalidArgument, "--workers: the workers are those of the recording");
  }
  return {};
}

Result<trace::Reader> open(const std::string& path) {
  const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*file) return failure(ErrorCode::SystemError, fmt::format("{} cannot be read", path));
  auto reader = trace::Reader::open([file](char* into, std::size_t room) {
    file->read(into, static_cast<std::streamsize>(room));
    return static_cast<std::size_t>(file->gcount());
  });
  if (reader) return reader;
  const char* hint = reader.error().code == ErrorCode::Malformed
                         ? "; a workload of JSON lines is tried with trace:FILE"
                         : "";
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("{}: {}{}", path, reader.error().context, hint));
}

Result<std::unique_ptr<strategy::Strategy>> recorded_strategy(const trace::Preface& preface,
                                                              const strategy::Registry& registry) {
  auto strategy = registry.make(preface.strategy);
  if (strategy) return strategy;
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("recorded with strategy '{}', which cannot be made here; if it is a "
                             "plugin's, add --plugin FILE ({})",
                             preface.strategy, strategy.error().context));
}

/// Reads all of it, once, for the replay and for the workload.
Result<ReadRecording> read(const std::string& path, const strategy::Registry& registry) {
  auto reader = open(path);
  if (!reader) return tl::unexpected(reader.error());
  auto strategy = recorded_strategy(reader->preface(), registry);
  if (!strategy) return tl::unexpected(strategy.error());
  trace::Replay replay(reader->preface(), std::move(*strategy));
  const auto traffic = std::make_shared<sim::RecordedTraffic>(reader->preface());
  ReadRecording result;
  Recording& recording = result.recording;
  trace::Step step;
  auto more = reader->next(step);
  for (; more && *more; more = reader->next(step)) {
    replay.take(step, reader->names());
    traffic->take(step);
    ++recording.events;
    recording.span = step.time - reader->preface().begun;
  }
  if (!more) {
    return failure(ErrorCode::InvalidArgument, fmt::format("{}: {}", path, more.error().context));
  }
  recording.path = path;
  recording.preface = reader->preface();
  recording.ended = reader->ended();
  recording.alike_events = replay.events();
  recording.alike_decisions = replay.decisions();
  recording.difference = replay.difference();
  if (const auto finished = traffic->finish(reader->names()); finished) {
    recording.facts = traffic->facts();
    result.traffic = traffic;
  } else {
    result.why_nothing = finished.error().context;
  }
  return result;
}

/// None when there is nothing to try.
std::vector<Trial> trials_of(const ReadRecording& read, const Simulate& options,
                             std::vector<std::string> strategies) {
  if (read.traffic == nullptr) return {};
  sim::Overrides overrides;
  overrides.seed = options.seed;
  if (options.jobs > 0) overrides.jobs = options.jobs;
  const auto make = [traffic = read.traffic, path = read.recording.path,
                     overrides]() -> Result<sim::Scenario> {
    sim::Scenario scenario = traffic->scenario(overrides);
    scenario.text = path;
    return scenario;
  };
  return {Trial{make, std::move(strategies), nullptr, {}}};
}

}  // namespace

int run_recording(const Simulate& options, const strategy::Registry& registry) {
  if (const auto checked = check(options); !checked) return give_up("sim", checked.error());
  auto strategies = named_strategies(options, registry);
  if (!strategies) return give_up("sim", strategies.error());
  if (strategies->empty()) *strategies = every_strategy(registry);
  const auto found = read(options.words.back(), registry);
  if (!found) return give_up("sim", found.error());
  if (!options.json) {
    std::string text = recording_text(found->recording);
    if (found->traffic == nullptr) text += found->why_nothing + ": there is nothing to try\n";
    if (const int status = print(text); status != kDone) return status;
  }
  const auto trials = trials_of(*found, options, std::move(*strategies));
  if (!trials.empty() || options.json) {
    const int status =
        run_trials(trials, options, registry, {{"recording", recording_json(found->recording)}});
    if (status != kDone) return status;
  }
  return found->recording.difference ? kFailed : kDone;
}

}  // namespace steelyard::cli
