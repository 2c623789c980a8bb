#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "steelyard/core/actions.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/trace/encode.hpp"
#include "steelyard/trace/names.hpp"

/// Records as what they were made of. Nothing is believed: numbers of names are of names that are
/// known, and those of sessions and workers small enough to count by.
namespace steelyard::trace {

/// Places that the spans of an event point into.
struct Spans {
  std::vector<QueueId> queues;
  std::vector<StateId> states;
  std::vector<TagId> tags;
  std::vector<Lease> leases;
};

struct DecodedEvent {
  core::Event event;  ///< its spans live as long as nothing else is put into `spans`
  Stamp stamp;
};

/// The event that stands in field `field` of the recording; nullopt: it is no sound event.
[[nodiscard]] std::optional<DecodedEvent> decode_event(int field, std::string_view bytes,
                                                       const Names& names, Spans& spans);

/// Whether a decision stands in that field.
[[nodiscard]] bool is_decision(int field);

/// The decision, with those fields that are recorded; nullopt: it is no sound one.
[[nodiscard]] std::optional<core::Action> decode_decision(int field, std::string_view bytes,
                                                          const Names& names);

/// The action with only those fields that are recorded; nullopt: it is no decision.
[[nodiscard]] std::optional<core::Action> decision_of(const core::Action& action);

/// Adds the name in the bytes to those that are known. Returns false for one that is not sound.
[[nodiscard]] bool decode_name(std::string_view bytes, Names& names);

/// Errors: Malformed, VersionMismatch.
[[nodiscard]] Result<Preface> decode_preface(std::string_view bytes);

/// Why the recording ended; nullopt: the record is damaged.
[[nodiscard]] std::optional<std::string> decode_end(std::string_view bytes);

}  // namespace steelyard::trace
