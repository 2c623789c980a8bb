#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/core/actions.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/core/options.hpp"

/// Events and decisions as the records of recording.proto. Everything here appends to `bytes`.
/// Cost: tens of nanoseconds per record.
namespace steelyard::trace {

/// What stands in every event's record beside the event.
struct Stamp {
  Duration after{};  ///< since the event before, the first: since the broker began
  std::uint32_t checksum = 0;
};

void append_event(std::string& bytes, const core::Event& event, const Stamp& stamp);

/// Nothing for an action that is no decision.
void append_decision(std::string& bytes, const core::Action& action);

enum class NameKind : std::uint8_t { Queue, State, User, Tag };
void append_name(std::string& bytes, NameKind kind, std::string_view name);

/// What is said about a recording at its beginning.
struct Preface {
  std::string program;   ///< that recorded
  std::string strategy;  ///< NAME[:parameter=number,…]
  core::Options options;
  TimePoint begun;                 ///< when the broker began, by its clock
  std::int64_t begun_unix_ms = 0;  ///< and by the calendar's; 0: not known
};
void append_preface(std::string& bytes, const Preface& preface);

/// `why`: empty when the broker ended.
void append_end(std::string& bytes, std::string_view why);

}  // namespace steelyard::trace
