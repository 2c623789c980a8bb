#include "ocr/language.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace ocr {
namespace {

constexpr std::array<Language, 8> kLanguages{{{"eng", "tutor.utf-8"},
                                              {"deu", "tutor.de.utf-8"},
                                              {"fra", "tutor.fr.utf-8"},
                                              {"spa", "tutor.es.utf-8"},
                                              {"ita", "tutor.it.utf-8"},
                                              {"nld", "tutor.nl.utf-8"},
                                              {"pol", "tutor.pl.utf-8"},
                                              {"por", "tutor.pt.utf-8"}}};

std::string all_codes() {
  std::string codes;
  for (const Language& language : kLanguages) {
    codes += fmt::format("{}{}", codes.empty() ? "" : " ", language.code);
  }
  return codes;
}

}  // namespace

std::span<const Language> known_languages() {
  return kLanguages;
}

steelyard::Result<Language> find_language(std::string_view code) {
  const auto* const found = std::find_if(kLanguages.begin(), kLanguages.end(),
                                         [&](const Language& one) { return one.code == code; });
  if (found != kLanguages.end()) return *found;
  return steelyard::failure(steelyard::ErrorCode::InvalidArgument,
                            fmt::format("unknown language '{}' (known: {})", code, all_codes()));
}

std::string pack_name(const Language& language) {
  return fmt::format("tesseract-ocr-{}", language.code);
}

}  // namespace ocr
