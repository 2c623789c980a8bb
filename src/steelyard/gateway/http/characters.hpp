#pragma once

#include <string_view>

namespace steelyard::http {

/// Which characters a part of a message may have (RFC 9110, section 5; RFC 9112, section 3).
enum class Characters : unsigned char {
  Token = 1,   ///< a method, a header's name
  Target = 2,  ///< as sent: percent-encoded
  Value = 4,   ///< of a header
  Host = 8,    ///< with its port
};

/// Whether `text` has no other characters; an empty one has none.
[[nodiscard]] bool consists_of(std::string_view text, Characters allowed);

}  // namespace steelyard::http
