#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/wire/messages.pb.h"

/// How a message becomes bytes:
///
///     'S' 'Y' version kind | header length (4 bytes, little endian) | header | block
///
/// The header is a Protocol Buffers message; the block is the payloads, one after another, copied
/// by nobody who only passes them on.
namespace steelyard::wire {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kPrefixBytes = 8;

enum class Kind : std::uint8_t {
  Hello = 1,
  Welcome = 2,
  HelloRequired = 3,
  Refused = 4,
  Fault = 5,
  Beat = 6,
  Leave = 7,
  Farewell = 8,
  Part = 9,
  PartsTaken = 10,
  Submit = 16,
  Acknowledged = 17,
  Rejected = 18,
  Answers = 19,
  Received = 20,
  Assign = 32,
  Done = 33,
  HandBack = 34,
  Stale = 35,
  Fetch = 36,
  Fetched = 37,
  Released = 38,
  LoadState = 39,
  StateLoaded = 40,
  Stop = 41,
  StopIgnored = 42,
  Progress = 43,
  Partial = 44,
  PartialCredit = 45,
  Query = 48,
  Report = 49,
  Ask = 50,
  Told = 51,
  Drain = 52,
  Pin = 53,
  Pinned = 54,
  Progressed = 55,
  Cancel = 56,
  Cancelled = 57,
  CancelMatching = 58,
  Quarantine = 59,
  Announce = 60,
  LinkHello = 64,
  LinkWelcome = 65,
  Results = 66,
};

/// A message taken apart; the views point into the bytes it was read from.
struct Envelope {
  Kind kind = Kind::Fault;
  std::string_view header;
  std::string_view block;
};

/// Reads the prefix. An unknown kind is not an error here.
/// Errors: Malformed; VersionMismatch, whose context names both versions.
[[nodiscard]] Result<Envelope> open(std::string_view bytes);

/// Whether the prefix names this kind; nothing else of the message is checked.
[[nodiscard]] bool is_of_kind(std::string_view bytes, Kind kind);

/// Appends the prefix and `header` to `out`; the caller appends the block.
void seal(Kind kind, const google::protobuf::MessageLite& header, std::string& out);

/// The header of `envelope` as a Message. Errors: Malformed.
template <class Message>
[[nodiscard]] Result<void> read(const Envelope& envelope, Message& into) {
  if (into.ParseFromArray(envelope.header.data(), static_cast<int>(envelope.header.size()))) {
    return {};
  }
  return failure(ErrorCode::Malformed, "the message's header cannot be read");
}

template <class Message>
inline constexpr Kind kKindOf = Kind::Fault;
template <>
inline constexpr Kind kKindOf<Hello> = Kind::Hello;
template <>
inline constexpr Kind kKindOf<Welcome> = Kind::Welcome;
template <>
inline constexpr Kind kKindOf<HelloRequired> = Kind::HelloRequired;
template <>
inline constexpr Kind kKindOf<Refused> = Kind::Refused;
template <>
inline constexpr Kind kKindOf<Fault> = Kind::Fault;
template <>
inline constexpr Kind kKindOf<Beat> = Kind::Beat;
template <>
inline constexpr Kind kKindOf<Leave> = Kind::Leave;
template <>
inline constexpr Kind kKindOf<Farewell> = Kind::Farewell;
template <>
inline constexpr Kind kKindOf<Submit> = Kind::Submit;
template <>
inline constexpr Kind kKindOf<Acknowledged> = Kind::Acknowledged;
template <>
inline constexpr Kind kKindOf<Rejected> = Kind::Rejected;
template <>
inline constexpr Kind kKindOf<Answers> = Kind::Answers;
template <>
inline constexpr Kind kKindOf<Received> = Kind::Received;
template <>
inline constexpr Kind kKindOf<Assign> = Kind::Assign;
template <>
inline constexpr Kind kKindOf<Done> = Kind::Done;
template <>
inline constexpr Kind kKindOf<HandBack> = Kind::HandBack;
template <>
inline constexpr Kind kKindOf<Stale> = Kind::Stale;
template <>
inline constexpr Kind kKindOf<Fetch> = Kind::Fetch;
template <>
inline constexpr Kind kKindOf<Fetched> = Kind::Fetched;
template <>
inline constexpr Kind kKindOf<Released> = Kind::Released;
template <>
inline constexpr Kind kKindOf<LoadState> = Kind::LoadState;
template <>
inline constexpr Kind kKindOf<StateLoaded> = Kind::StateLoaded;
template <>
inline constexpr Kind kKindOf<LinkHello> = Kind::LinkHello;
template <>
inline constexpr Kind kKindOf<LinkWelcome> = Kind::LinkWelcome;
template <>
inline constexpr Kind kKindOf<Results> = Kind::Results;
template <>
inline constexpr Kind kKindOf<Ask> = Kind::Ask;
template <>
inline constexpr Kind kKindOf<Told> = Kind::Told;
template <>
inline constexpr Kind kKindOf<Drain> = Kind::Drain;
template <>
inline constexpr Kind kKindOf<Pin> = Kind::Pin;
template <>
inline constexpr Kind kKindOf<Pinned> = Kind::Pinned;
template <>
inline constexpr Kind kKindOf<Part> = Kind::Part;
template <>
inline constexpr Kind kKindOf<PartsTaken> = Kind::PartsTaken;
template <>
inline constexpr Kind kKindOf<Query> = Kind::Query;
template <>
inline constexpr Kind kKindOf<Report> = Kind::Report;
template <>
inline constexpr Kind kKindOf<Stop> = Kind::Stop;
template <>
inline constexpr Kind kKindOf<StopIgnored> = Kind::StopIgnored;
template <>
inline constexpr Kind kKindOf<Progress> = Kind::Progress;
template <>
inline constexpr Kind kKindOf<Partial> = Kind::Partial;
template <>
inline constexpr Kind kKindOf<PartialCredit> = Kind::PartialCredit;
template <>
inline constexpr Kind kKindOf<Progressed> = Kind::Progressed;
template <>
inline constexpr Kind kKindOf<Cancel> = Kind::Cancel;
template <>
inline constexpr Kind kKindOf<Cancelled> = Kind::Cancelled;
template <>
inline constexpr Kind kKindOf<CancelMatching> = Kind::CancelMatching;
template <>
inline constexpr Kind kKindOf<Quarantine> = Kind::Quarantine;
template <>
inline constexpr Kind kKindOf<Announce> = Kind::Announce;

/// The whole message as bytes.
template <class Message>
[[nodiscard]] std::string encode(const Message& header, std::string_view block = {}) {
  std::string bytes;
  seal(kKindOf<Message>, header, bytes);
  bytes.append(block);
  return bytes;
}

}  // namespace steelyard::wire
