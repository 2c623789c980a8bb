#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ocr/texts.hpp"
#include "steelyard/base/result.hpp"

namespace ocr {

inline constexpr const char* kDefaultFont = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf";

struct PageOptions {
  std::vector<std::string> languages = {"eng", "deu", "fra", "spa"};
  std::size_t pages = 12;  ///< in each language
  std::size_t words = 10;  ///< on each page
  std::filesystem::path texts = default_texts();
  std::filesystem::path font = kDefaultFont;
};

/// A printed page, and what it says.
struct Page {
  std::string language;
  std::string text;
  std::filesystem::path file;
};

/// Prints pages into `folder`, in the languages in turn: "0001-eng.png", "0002-deu.png", …
/// Errors: an unknown language, a text or a font that is not there or too small; SystemError.
[[nodiscard]] steelyard::Result<std::vector<Page>> print_pages(const PageOptions& options,
                                                               const std::filesystem::path& folder);

/// The content of a page's file. Errors: SystemError.
[[nodiscard]] steelyard::Result<std::string> read_file(const Page& page);

}  // namespace ocr
