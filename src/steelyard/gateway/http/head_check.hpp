#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "steelyard/gateway/http/refusal.hpp"

namespace steelyard::http {

/// Where the head of a request ends, found while it comes in pieces.
///
/// Every line ends in CR LF: a line feed alone is refused as soon as it is seen, so that nobody
/// waits for the rest of what cannot become a request.
class HeadScanner {
 public:
  /// The bytes of the head with its empty line, once they are there. `bytes` begins where the head
  /// does, and continues what was given before.
  [[nodiscard]] tl::expected<std::optional<std::size_t>, Refusal> scan(std::string_view bytes);

 private:
  std::size_t line_begin_ = 0;
  std::size_t scanned_ = 0;
};

/// Of one request; more are answered 431.
inline constexpr std::size_t kMaxHeaders = 128;

/// What of a head decides the framing of the request and of its answer.
struct HeadFacts {
  std::string_view method{};
  std::string_view target{};  ///< as sent
  std::string_view path{};    ///< the target in origin form, without a leading '/' if it has none
  std::string_view authority{};  ///< of an absolute target
  unsigned minor_version = 1;    ///< 0 or 1
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length{};
};

/// Reads a whole head, with its empty line, and refuses all in it that two servers could understand
/// in two ways (RFC 9112, sections 2 to 6). The views point into `head`.
[[nodiscard]] tl::expected<HeadFacts, Refusal> check_head(std::string_view head);

}  // namespace steelyard::http
