#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/wire/columns.hpp"

namespace steelyard::zmq_runtime {

/// What the broker notes about the jobs whose payloads came together.
struct JobNote {
  bool unit = false;                      ///< each payload has several parts
  bool via_broker = false;                ///< their results do not go straight back
  std::uint32_t stream_window_bytes = 0;  ///< of partial results; 0: none are wanted
  friend bool operator==(const JobNote&, const JobNote&) = default;
};

/// Keeps the bytes of jobs and results, in chunks as they arrived: a message's run of payloads is
/// one chunk, freed when its last payload is forgotten.
///
/// Bounded by the caller, who looks at `kept_bytes`. Thread safety: none.
/// Cost: O(1) each, one allocation per chunk (two when the lengths differ).
class PayloadStore {
 public:
  /// Copies the column's bytes. The payloads are the returned reference, + 1, …
  [[nodiscard]] PayloadRef put(const wire::Column& column, const JobNote& note = {});

  /// A payload of the caller's own.
  [[nodiscard]] PayloadRef put(std::string_view text, const JobNote& note = {});

  /// Requires: `ref` is kept.
  [[nodiscard]] std::string_view get(PayloadRef ref) const;
  [[nodiscard]] const JobNote& note(PayloadRef ref) const;

  /// Forgets `count` payloads of one chunk.
  void forget(PayloadRef first, std::uint32_t count);

  [[nodiscard]] std::uint64_t kept_bytes() const { return kept_bytes_; }

  /// Gives back the room of a peak, as far as nothing stands behind it. Cost: O(chunks at the
  /// peak).
  void shrink();

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::unique_ptr<std::uint64_t[]> offsets;  // null: all payloads have `equal_bytes`
    std::uint64_t total_bytes = 0;
    std::uint32_t equal_bytes = 0;
    std::uint32_t live = 0;
    JobNote note;
  };
  [[nodiscard]] const Chunk& chunk(PayloadRef ref) const;

  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint64_t kept_bytes_ = 0;
};

}  // namespace steelyard::zmq_runtime
