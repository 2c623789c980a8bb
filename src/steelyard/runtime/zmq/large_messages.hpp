#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// Messages larger than this travel in parts, …
inline constexpr std::size_t kPlainBytes = std::size_t{64} * 1024;
/// … of this size at most, so that beats go in between.
inline constexpr std::size_t kPartBytes = std::size_t{256} * 1024;

/// What leaves on one connection, in order: large messages in parts, of which so many only are on
/// their way as the other side has room for.
///
/// Thread safety: none.
class LargeSender {
 public:
  /// Messages leave in the order they were added.
  void add(std::string message);
  /// What can be sent now; nullopt: nothing, until more is added or `taken`.
  [[nodiscard]] std::optional<std::string> next();
  void taken(const wire::PartsTaken& message);

  [[nodiscard]] bool idle() const { return waiting_.empty(); }
  [[nodiscard]] std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  /// A conversation begins anew: what was not sent is lost with the former one.
  void clear() { *this = {}; }

 private:
  static constexpr std::uint64_t kWindowBytes = 16 * kPartBytes;

  std::deque<std::string> waiting_;  // the first one may be sent in part
  std::uint64_t waiting_bytes_ = 0;
  std::uint64_t stream_ = 0;       // of the first one, if it is large
  std::uint64_t offset_ = 0;       // from where on it is to be sent
  std::uint64_t sent_bytes_ = 0;   // of all parts
  std::uint64_t taken_bytes_ = 0;  // of them
};

/// Puts the parts of large messages together again, one message at a time.
///
/// Bounded: a message has at most `max_bytes`, and memory grows with what has come, not with what
/// is said to come. Thread safety: none.
class LargeReceiver {
 public:
  struct Added {
    std::string whole;                  ///< empty: parts are missing
    std::optional<std::string> answer;  ///< to be sent back
  };
  /// Errors: Malformed, PayloadTooLarge; what had come is dropped.
  [[nodiscard]] Result<Added> add(const wire::Envelope& part, std::uint64_t max_bytes);
  [[nodiscard]] std::uint64_t kept_bytes() const { return bytes_.size(); }
  /// A conversation begins anew.
  void clear();

 private:
  tl::unexpected<Error> drop(ErrorCode code, std::string text);

  std::string bytes_;
  std::uint64_t stream_ = 0;
  std::uint64_t taken_bytes_ = 0;  // of all parts
  std::uint64_t answered_bytes_ = 0;
};

}  // namespace steelyard::zmq_runtime
