#pragma once

#include <filesystem>
#include <string>

#include "ocr/language.hpp"
#include "steelyard/base/result.hpp"

namespace ocr {

/// Where the package vim-runtime keeps its tutorial, the same text in many languages. Empty: it is
/// not installed.
[[nodiscard]] std::filesystem::path default_texts();

/// The tutorial in a language, from `folder`. Errors: SystemError, which names the package.
[[nodiscard]] steelyard::Result<std::string> read_text(const std::filesystem::path& folder,
                                                       const Language& language);

}  // namespace ocr
