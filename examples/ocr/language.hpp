#pragma once

#include <span>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace ocr {

/// A language that pages are written and read in.
struct Language {
  std::string_view code;       ///< Tesseract's name of it, and the state of its jobs: "deu"
  std::string_view text_file;  ///< the tutorial in that language: "tutor.de.utf-8"

  friend bool operator==(const Language&, const Language&) = default;
};

/// All that have both a text and a language pack.
[[nodiscard]] std::span<const Language> known_languages();

/// Errors: InvalidArgument, which lists the known ones. A state is named by whoever submits, so
/// nothing else may reach Tesseract, which takes names of files and lists of languages too.
[[nodiscard]] steelyard::Result<Language> find_language(std::string_view code);

/// The Debian package with Tesseract's data: "tesseract-ocr-deu".
[[nodiscard]] std::string pack_name(const Language& language);

}  // namespace ocr
