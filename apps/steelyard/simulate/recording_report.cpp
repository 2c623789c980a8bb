#include "simulate/recording_report.hpp"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/table.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"

namespace steelyard::cli {
namespace {

namespace json = boost::json;

/// The last year that has four digits.
constexpr std::int64_t kLastUnixMs = 253'402'300'799'000;

std::string since(const trace::Preface& preface) {
  if (preface.begun_unix_ms <= 0 || preface.begun_unix_ms > kLastUnixMs) return "";
  const auto seconds = static_cast<std::time_t>(preface.begun_unix_ms / 1000);
  return fmt::format(" from {:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(seconds));
}

std::string end_text(const Recording& recording) {
  if (!recording.ended) {
    return "It is cut off: the broker was killed, or has not ended yet.\n";
  }
  return recording.ended->empty() ? "" : fmt::format("It ends early: {}.\n", *recording.ended);
}

std::string replay_text(const Recording& recording) {
  if (!recording.difference) {
    return fmt::format("Replayed: {} with {}, all as the broker made them.\n",
                       counted(recording.events, "event", "events"),
                       counted(recording.alike_decisions, "decision", "decisions"));
  }
  const trace::Difference& difference = *recording.difference;
  std::string text = fmt::format(
      "DIFFERENT at event {} of {}, {} after {:.6f} s; {} before it were made alike.\n"
      "  recorded: {}\n"
      "  replayed: {}\n",
      with_commas(difference.event), with_commas(recording.events), difference.name,
      sim::in_seconds(difference.at), counted(recording.alike_decisions, "decision", "decisions"),
      difference.recorded, difference.replayed);
  const std::string here = zmq_runtime::program_name();
  if (recording.preface.program != here) {
    text += fmt::format("It was recorded by {}, this is {}, which may decide otherwise.\n",
                        recording.preface.program, here);
  }
  return text;
}

std::string jobs_text(const sim::RecordedTraffic::Facts& facts) {
  std::string text = fmt::format("{} for {} with {}", counted(facts.jobs, "job", "jobs"),
                                 counted(facts.workers, "worker", "workers"),
                                 counted(facts.slots, "slot", "slots"));
  if (facts.guessed > 0) {
    text += fmt::format("; {} never ran, their run times are guessed", with_commas(facts.guessed));
  }
  if (facts.left_out > 0) {
    text += fmt::format("; {} more were cancelled or given up", with_commas(facts.left_out));
  }
  return text + ".\n";
}

std::string facts_text(const sim::RecordedTraffic::Facts& facts) {
  const sim::Histogram& waits = facts.waits;
  std::string text = jobs_text(facts);
  text += fmt::format(
      "In fact: {}; waits {:.3f} s in the mean, p50 {:.3f}, p99 {:.3f}, max "
      "{:.3f}.\n",
      counted(facts.loads, "load", "loads"), waits.mean_s(), sim::in_seconds(waits.quantile(0.5)),
      sim::in_seconds(waits.quantile(0.99)), sim::in_seconds(waits.max()));
  if (facts.loads > 0 && !facts.loads_told) {
    text += "No worker said how long loads took: it is guessed from the run times.\n";
  }
  return text;
}

json::value difference_json(const Recording& recording) {
  if (!recording.difference) return nullptr;
  const trace::Difference& difference = *recording.difference;
  return {{"event", difference.event},
          {"name", difference.name},
          {"after_s", sim::in_seconds(difference.at)},
          {"recorded", difference.recorded},
          {"replayed", difference.replayed}};
}

json::value facts_json(const Recording& recording) {
  if (!recording.facts) return nullptr;
  const sim::RecordedTraffic::Facts& facts = *recording.facts;
  return {{"jobs", facts.jobs},
          {"guessed", facts.guessed},
          {"left_out", facts.left_out},
          {"workers", facts.workers},
          {"slots", facts.slots},
          {"loads", facts.loads},
          {"loads_told", facts.loads_told},
          {"wait_s",
           {{"mean", facts.waits.mean_s()},
            {"p50", sim::in_seconds(facts.waits.quantile(0.5))},
            {"p99", sim::in_seconds(facts.waits.quantile(0.99))},
            {"max", sim::in_seconds(facts.waits.max())}}}};
}

}  // namespace

std::string recording_text(const Recording& recording) {
  const trace::Preface& preface = recording.preface;
  std::string text = fmt::format("{}: recorded by {} with strategy {}, {:.1f} s{}.\n",
                                 recording.path, preface.program, preface.strategy,
                                 sim::in_seconds(recording.span), since(preface));
  text += end_text(recording) + replay_text(recording);
  if (recording.facts) text += facts_text(*recording.facts);
  return text + "\n";
}

json::object recording_json(const Recording& recording) {
  return {{"file", recording.path},
          {"program", recording.preface.program},
          {"strategy", recording.preface.strategy},
          {"begun_unix_ms", recording.preface.begun_unix_ms},
          {"seconds", sim::in_seconds(recording.span)},
          {"cut_off", !recording.ended.has_value()},
          {"ended_because", recording.ended.value_or("")},
          {"events", recording.events},
          {"alike", !recording.difference.has_value()},
          {"alike_events", recording.alike_events},
          {"alike_decisions", recording.alike_decisions},
          {"difference", difference_json(recording)},
          {"traffic", facts_json(recording)}};
}

}  // namespace steelyard::cli
