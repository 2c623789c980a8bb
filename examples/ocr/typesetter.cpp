#include "ocr/typesetter.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <allheaders.h>
#include <fmt/format.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include "ocr/prose.hpp"
#include "ocr/utf8.hpp"

namespace ocr {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr FT_F26Dot6 kPoints = 11;
constexpr int kDotsPerInch = 300;
constexpr int kMargin = 60;  // in dots, as all that follows
constexpr std::size_t kColumns = 64;
constexpr std::size_t kMaxLines = 60;
constexpr FT_F26Dot6 kPerDot = 64;  // FreeType measures in 64ths

struct PixDestroyer {
  void operator()(Pix* image) const { ::pixDestroy(&image); }
};
using Image = std::unique_ptr<Pix, PixDestroyer>;

/// Darkens the image where the glyph, whose origin is at `x` on the line `baseline`, has ink.
void draw(Pix* image, const FT_GlyphSlot glyph, int x, int baseline) {
  const FT_Bitmap& ink = glyph->bitmap;
  for (unsigned row = 0; row < ink.rows; ++row) {
    const unsigned char* const covered = ink.buffer + static_cast<std::ptrdiff_t>(row) * ink.pitch;
    for (unsigned column = 0; column < ink.width; ++column) {
      const int left = x + glyph->bitmap_left + static_cast<int>(column);
      const int top = baseline - glyph->bitmap_top + static_cast<int>(row);
      l_uint32 before = 255;
      // Outside of the image nothing is read or written.
      if (covered[column] == 0 || ::pixGetPixel(image, left, top, &before) != 0) continue;
      ::pixSetPixel(image, left, top, before - std::min<l_uint32>(before, covered[column]));
    }
  }
}

}  // namespace

/// FreeType's library with the one font that is opened in it.
struct Typesetter::Font {
  FT_Library library = nullptr;
  FT_Face face = nullptr;

  Font() = default;
  Font(const Font&) = delete;
  Font& operator=(const Font&) = delete;
  ~Font() {
    FT_Done_Face(face);
    FT_Done_FreeType(library);
  }

  [[nodiscard]] bool open(const std::filesystem::path& path) {
    return FT_Init_FreeType(&library) == 0 && FT_New_Face(library, path.c_str(), 0, &face) == 0 &&
           FT_IS_SCALABLE(face) &&
           FT_Set_Char_Size(face, 0, kPoints * kPerDot, kDotsPerInch, kDotsPerInch) == 0;
  }

  [[nodiscard]] Result<void> load(char32_t character) const {
    const FT_UInt index = FT_Get_Char_Index(face, character);
    // Only an outline is sure to become a byte of grey for each dot.
    constexpr FT_Int32 kOutline = FT_LOAD_RENDER | FT_LOAD_NO_BITMAP;
    if (index != 0 && FT_Load_Glyph(face, index, kOutline) == 0) return {};
    return failure(ErrorCode::InvalidArgument, fmt::format("the font has no glyph for U+{:04X}",
                                                           static_cast<unsigned>(character)));
  }

  [[nodiscard]] int advance() const { return static_cast<int>(face->glyph->advance.x / kPerDot); }
  [[nodiscard]] int ascender() const {
    return static_cast<int>(face->size->metrics.ascender / kPerDot);
  }
  [[nodiscard]] int line_height() const {
    return static_cast<int>(face->size->metrics.height / kPerDot);
  }

  [[nodiscard]] Result<int> width(const std::u32string& line) const {
    int dots = 0;
    for (const char32_t character : line) {
      const auto loaded = load(character);
      if (!loaded) return tl::unexpected(loaded.error());
      dots += advance();
    }
    return dots;
  }

  /// White, and as large as the lines and the margins need.
  [[nodiscard]] Result<Image> blank_page(const std::vector<std::u32string>& lines) const {
    int widest = 0;
    for (const std::u32string& line : lines) {
      const auto dots = width(line);
      if (!dots) return tl::unexpected(dots.error());
      widest = std::max(widest, *dots);
    }
    const int height = static_cast<int>(lines.size()) * line_height();
    Image image(::pixCreate(widest + 2 * kMargin, height + 2 * kMargin, 8));
    if (!image) return failure(ErrorCode::SystemError, "no memory for a page");
    ::pixSetAll(image.get());
    ::pixSetResolution(image.get(), kDotsPerInch, kDotsPerInch);
    return image;
  }

  [[nodiscard]] Result<void> draw_line(Pix* image, const std::u32string& line, int baseline) const {
    int x = kMargin;
    for (const char32_t character : line) {
      auto loaded = load(character);
      if (!loaded) return loaded;
      draw(image, face->glyph, x, baseline);
      x += advance();
    }
    return {};
  }
};

Result<Typesetter> Typesetter::open(const std::filesystem::path& font) {
  auto opened = std::make_shared<Font>();
  if (opened->open(font)) return Typesetter(std::move(opened));
  return failure(ErrorCode::SystemError,
                 fmt::format("cannot read the font {} (the Debian package fonts-dejavu-core has "
                             "DejaVuSerif.ttf)",
                             font.string()));
}

Result<void> Typesetter::print(std::string_view text, const std::filesystem::path& file) const {
  const std::vector<std::u32string> lines = break_lines(decode_utf8(text), kColumns);
  if (lines.size() > kMaxLines) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a page of {} lines, at most {} fit", lines.size(), kMaxLines));
  }
  const auto image = font_->blank_page(lines);
  if (!image) return tl::unexpected(image.error());
  int baseline = kMargin + font_->ascender();
  for (const std::u32string& line : lines) {
    auto drawn = font_->draw_line(image->get(), line, baseline);
    if (!drawn) return drawn;
    baseline += font_->line_height();
  }
  if (::pixWrite(file.c_str(), image->get(), IFF_PNG) == 0) return {};
  return failure(ErrorCode::SystemError, fmt::format("cannot write {}", file.string()));
}

}  // namespace ocr
