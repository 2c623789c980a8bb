#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace steelyard {

/// Bytes in a line of `--lines`: as text under one key, as base 64 under the second, or as several
/// parts under the third.
///
/// A part is a string, or `{"base64":"…"}` for bytes that are not UTF-8. Of what is read, text and
/// parts that are neither are taken as their JSON text.
struct LinesKeys {
  std::string_view text;
  std::string_view base64;
  std::string_view parts{};  ///< empty: several parts are not allowed
};

inline constexpr LinesKeys kPayloadKeys{"payload", "payload_base64", "parts"};
inline constexpr LinesKeys kResultKeys{"result", "result_base64", "parts"};
inline constexpr LinesKeys kPartialKeys{"partial", "partial_base64"};

/// The member of a job's line that has its payload: `"payload":"…"`, `"payload_base64":"…"` or
/// `"parts":[…]`. One that says wrongly that it has several parts goes as base 64.
[[nodiscard]] std::string encode_payload_member(std::string_view payload);

/// A JSON value as a result: a string as its characters, anything else as its JSON text.
[[nodiscard]] std::string lines_text(const boost::json::value& value);

/// Reads what is there under one of the keys, the first of them that is there, into `bytes`, which
/// stays empty when none is. Returns what is wrong, to follow "an answer whose "; empty: nothing.
[[nodiscard]] std::string read_bytes(const boost::json::object& object, const LinesKeys& keys,
                                     std::optional<std::string>& bytes);

}  // namespace steelyard
