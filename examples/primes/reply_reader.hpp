#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace primes {

/// An HTTP response; the body lives until the reader is used again.
struct Reply {
  unsigned status = 0;
  std::string_view body;
};

/// Cuts the responses of one connection out of its bytes, as a client needs it that knows its
/// server: HTTP/1.1 with Content-Length.
///
/// Bounds: a response has at most kMaxBytes. Thread safety: none. Cost: one look at each byte of
/// the head, none at the body.
class ReplyReader {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  void append(std::string_view bytes);
  /// The next one that is there as a whole. Errors: Malformed, with what is wrong.
  [[nodiscard]] steelyard::Result<std::optional<Reply>> next();

 private:
  std::string bytes_;
  std::size_t begin_ = 0;  // what came before was given out
};

}  // namespace primes
