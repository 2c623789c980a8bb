#include "ocr/pages.hpp"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "ocr/prose.hpp"
#include "ocr/typesetter.hpp"

namespace ocr {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

Result<std::vector<std::string>> passages_in(const std::string& code, const PageOptions& options) {
  const auto language = find_language(code);
  if (!language) return tl::unexpected(language.error());
  const auto text = read_text(options.texts, *language);
  if (!text) return tl::unexpected(text.error());
  auto passages = cut_passages(prose_words(*text), {options.pages, options.words});
  if (!passages) return failure(passages.error().code, code + ": " + passages.error().context);
  return passages;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return failure(ErrorCode::SystemError,
                 fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
}

}  // namespace

Result<std::vector<Page>> print_pages(const PageOptions& options,
                                      const std::filesystem::path& folder) {
  const auto typesetter = Typesetter::open(options.font);
  if (!typesetter) return tl::unexpected(typesetter.error());
  if (const auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  std::vector<Page> pages(options.languages.size() * options.pages);
  for (std::size_t i = 0; i < options.languages.size(); ++i) {
    const std::string& code = options.languages[i];
    const auto passages = passages_in(code, options);
    if (!passages) return tl::unexpected(passages.error());
    for (std::size_t j = 0; j < passages->size(); ++j) {
      const std::size_t number = j * options.languages.size() + i;
      Page& page = pages[number];
      page = {code, (*passages)[j], folder / fmt::format("{:04}-{}.png", number + 1, code)};
      const auto printed = typesetter->print(page.text, page.file);
      if (!printed) return tl::unexpected(printed.error());
    }
  }
  return pages;
}

Result<std::string> read_file(const Page& page) {
  std::ifstream file(page.file, std::ios::binary | std::ios::ate);
  std::string content(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
  file.seekg(0);
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file) return content;
  return failure(ErrorCode::SystemError, fmt::format("cannot read {}", page.file.string()));
}

}  // namespace ocr
