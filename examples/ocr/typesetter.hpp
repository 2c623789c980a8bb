#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace ocr {

/// Prints text the way a page looks that was scanned at 300 dots per inch: black on white, 11
/// point. Thread safety: none.
class Typesetter {
 public:
  /// Errors: SystemError when the font cannot be read; it names the package of the default font.
  [[nodiscard]] static steelyard::Result<Typesetter> open(const std::filesystem::path& font);

  /// Writes a page with `text`, in UTF-8, as a PNG file. Errors: SystemError; InvalidArgument for a
  /// character that the font does not have, and for a page that would be too long.
  [[nodiscard]] steelyard::Result<void> print(std::string_view text,
                                              const std::filesystem::path& file) const;

 private:
  struct Font;
  explicit Typesetter(std::shared_ptr<const Font> font) : font_(std::move(font)) {}

  std::shared_ptr<const Font> font_;
};

}  // namespace ocr
