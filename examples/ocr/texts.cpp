#include "ocr/texts.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace ocr {
namespace {

namespace fs = std::filesystem;

/// A text is some 40 KB; nobody's other file is read whole by mistake.
constexpr std::size_t kMaxTextBytes = 1 << 20;

}  // namespace

fs::path default_texts() {
  // The folder between is named after the version: /usr/share/vim/vim90/tutor.
  fs::path best;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/share/vim", error)) {
    const fs::path folder = entry.path() / "tutor";
    std::error_code absent;
    if (fs::is_directory(folder, absent)) best = std::max(best, folder);
  }
  return best;
}

steelyard::Result<std::string> read_text(const fs::path& folder, const Language& language) {
  const fs::path path = folder / language.text_file;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxTextBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!text.empty()) return text;
  return steelyard::failure(steelyard::ErrorCode::SystemError,
                            fmt::format("no text in '{}' at {} (the Debian package vim-runtime "
                                        "has it)",
                                        language.code, path.string()));
}

}  // namespace ocr
