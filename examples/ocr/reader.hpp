#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ocr/language.hpp"
#include "steelyard/base/result.hpp"

namespace tesseract {
class TessBaseAPI;
}

namespace ocr {

/// Tesseract with one language in memory. Copies share it.
/// Thread safety: none.
class Reader {
 public:
  /// Errors: SystemError when there is no data for the language; it names the package to install.
  [[nodiscard]] static steelyard::Result<Reader> load(const Language& language);

  /// The text, in UTF-8, on a page that is a PNG file's content.
  /// Errors: InvalidArgument when it is no such file, or the page too large; WorkFailed.
  [[nodiscard]] steelyard::Result<std::string> read(std::string_view png) const;

 private:
  explicit Reader(std::shared_ptr<tesseract::TessBaseAPI> engine) : engine_(std::move(engine)) {}

  std::shared_ptr<tesseract::TessBaseAPI> engine_;
};

}  // namespace ocr
