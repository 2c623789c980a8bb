#pragma once

#include <string>
#include <string_view>

namespace ocr {

/// The characters of a text in UTF-8. Each byte that is not part of one becomes U+FFFD.
[[nodiscard]] std::u32string decode_utf8(std::string_view text);

}  // namespace ocr
