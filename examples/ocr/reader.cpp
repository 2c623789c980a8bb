#include "ocr/reader.hpp"

#include <string>
#include <vector>

#include <allheaders.h>
#include <fmt/format.h>
#include <tesseract/baseapi.h>

namespace ocr {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

/// An A4 page at 300 dots per inch has 8.7 million.
constexpr std::int64_t kMaxDots = 20'000'000;

struct PixDestroyer {
  void operator()(Pix* image) const { ::pixDestroy(&image); }
};
using Image = std::unique_ptr<Pix, PixDestroyer>;

/// Looks at the size before anything is unpacked: a small file can hold an enormous page.
Result<Image> unpack(std::string_view png) {
  const auto* const bytes = reinterpret_cast<const l_uint8*>(png.data());
  l_int32 width = 0;
  l_int32 height = 0;
  ::setMsgSeverity(L_SEVERITY_NONE);  // what is wrong is said by the job's error
  const bool known =
      ::readHeaderMemPng(bytes, png.size(), &width, &height, nullptr, nullptr, nullptr) == 0;
  if (known && std::int64_t{width} * height > kMaxDots) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a page of {} x {} dots, the limit is {}", width, height, kMaxDots));
  }
  Image image(known ? ::pixReadMemPng(bytes, png.size()) : nullptr);
  if (!image) return failure(ErrorCode::InvalidArgument, "the page is no PNG file");
  return image;
}

}  // namespace

Result<Reader> Reader::load(const Language& language) {
  const std::vector<std::string> names{"debug_file"};
  const std::vector<std::string> values{"/dev/null"};
  auto engine = std::make_shared<tesseract::TessBaseAPI>();
  const int failed = engine->Init(nullptr, std::string(language.code).c_str(),
                                  tesseract::OEM_LSTM_ONLY, nullptr, 0, &names, &values, false);
  if (failed != 0) {
    return failure(ErrorCode::SystemError,
                   fmt::format("Tesseract has no data for '{}' (the Debian package {} has it)",
                               language.code, pack_name(language)));
  }
  engine->SetPageSegMode(tesseract::PSM_SINGLE_BLOCK);
  return Reader(std::move(engine));
}

Result<std::string> Reader::read(std::string_view png) const {
  const auto image = unpack(png);
  if (!image) return tl::unexpected(image.error());
  engine_->SetImage(image->get());
  const std::unique_ptr<char[]> text(engine_->GetUTF8Text());
  engine_->Clear();
  if (text == nullptr) return failure(ErrorCode::WorkFailed, "the page could not be read");
  return std::string(text.get());
}

}  // namespace ocr
