#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/core/actions.hpp"
#include "steelyard/core/events.hpp"
#include "steelyard/trace/decode.hpp"
#include "steelyard/trace/names.hpp"

namespace steelyard::trace {

/// One event, when it came, and what was decided.
struct Step {
  TimePoint time;
  core::Event event;           ///< its spans live until the next step is read
  std::uint32_t checksum = 0;  ///< of all actions that came of it
  /// The decisions among them, with those fields that are recorded.
  core::Actions decisions;
};

/// Reads what a Recorder has written, step by step.
///
/// Nothing is believed: whatever stands in the bytes, numbers of names are of names that were told,
/// and other numbers small enough to count by. Thread safety: none.
class Reader {
 public:
  /// Gives up to `room` further bytes of the recording; 0: there are no more.
  using Source = std::function<std::size_t(char* into, std::size_t room)>;

  /// Errors: Malformed when this is no recording; VersionMismatch for one of a newer format.
  [[nodiscard]] static Result<Reader> open(Source source);

  [[nodiscard]] const Preface& preface() const { return preface_; }
  [[nodiscard]] const Names& names() const { return names_; }

  /// Reads the next step. Returns false at the end; a step that may be incomplete, because the
  /// recording was cut off, is left out. Errors: Malformed, naming the byte.
  [[nodiscard]] Result<bool> next(Step& step);

  /// At the end: why the recording ended, empty when the broker did; nullopt: it was cut off.
  [[nodiscard]] const std::optional<std::string>& ended() const { return ended_; }

 private:
  struct Record {
    int field = 0;
    std::string_view bytes;
  };

  explicit Reader(Source source) : source_(std::move(source)) {}

  [[nodiscard]] Result<void> read_preface();
  [[nodiscard]] Result<std::optional<Record>> peek();
  void consume() { position_ += peeked_bytes_; }
  bool fill();
  [[nodiscard]] Result<bool> read_decisions(Step& step);
  [[nodiscard]] tl::unexpected<Error> damage(std::string_view what) const;

  Source source_;
  std::string buffer_;
  std::size_t position_ = 0;      // in buffer_
  std::size_t peeked_bytes_ = 0;  // the whole record at position_
  std::uint64_t dropped_ = 0;     // bytes before buffer_
  Preface preface_;
  Names names_;
  Spans spans_;
  TimePoint last_;
  std::optional<std::string> ended_;
};

}  // namespace steelyard::trace
