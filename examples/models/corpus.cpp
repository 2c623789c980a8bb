#include "models/corpus.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <random>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace models {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kVocabulary = 5000;
constexpr std::size_t kWordsPerLine = 12;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

/// Draws words so that common ones come often and some like to follow one another.
class Writer {
 public:
  explicit Writer(std::string_view name) : generator_(seed_of(name)) {
    for (std::size_t i = 0; i < kVocabulary; ++i) words_.push_back(word_number(i));
  }

  void append_line(std::string& text) {
    for (std::size_t i = 0; i < kWordsPerLine; ++i) {
      text += words_[next()];
      text += i + 1 < kWordsPerLine ? ' ' : '\n';
    }
  }

 private:
  /// FNV-1a: the same number in every run and on every machine, unlike std::hash.
  static std::uint64_t seed_of(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
  }

  /// Standard distributions may differ between libraries; the generator may not.
  std::size_t next() {
    const std::uint64_t random = generator_();
    const bool favourite = (random & 3) == 0;
    const double share = static_cast<double>(random >> 11) / static_cast<double>(1ULL << 53);
    const auto fresh = static_cast<std::size_t>(kVocabulary * share * share * share);
    last_ = favourite ? (last_ * 31 + 7) % kVocabulary : fresh;
    return last_;
  }

  std::mt19937_64 generator_;
  std::vector<std::string> words_;
  std::size_t last_ = 0;
};

bool has_size(const fs::path& path, std::size_t bytes) {
  std::error_code error;
  return fs::file_size(path, error) == bytes && !error;
}

bool write_file(const fs::path& path, std::string_view name, std::size_t bytes) {
  Writer writer(name);
  std::ofstream file(path, std::ios::binary);
  while (bytes > 0 && file) {
    std::string chunk;
    while (chunk.size() < std::min(bytes, kChunkBytes)) writer.append_line(chunk);
    chunk.resize(std::min(bytes, chunk.size()));
    file << chunk;
    bytes -= chunk.size();
  }
  return static_cast<bool>(file.flush());
}

}  // namespace

std::string word_number(std::size_t number) {
  constexpr std::array kSyllables{"ba", "ke", "mi", "no", "ru", "sha", "te", "li", "wo", "fan"};
  std::string word;
  for (std::size_t rest = number + 10; rest > 0; rest /= 10) word += kSyllables[rest % 10];
  return word;
}

steelyard::Result<void> write_corpus(const fs::path& path, std::string_view name,
                                     std::size_t bytes) {
  if (has_size(path, bytes)) return {};
  // Readers must never see half a file.
  const fs::path unfinished = path.string() + fmt::format(".{}", ::getpid());
  std::error_code error;
  const bool written = write_file(unfinished, name, bytes);
  if (written) fs::rename(unfinished, path, error);
  if (written && !error) return {};
  fs::remove(unfinished, error);
  return steelyard::failure(steelyard::ErrorCode::SystemError,
                            fmt::format("cannot write {}", path.string()));
}

steelyard::Result<std::string> read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::string text(file ? static_cast<std::size_t>(file.tellg()) : 0, '\0');
  file.seekg(0);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file) return text;
  return steelyard::failure(steelyard::ErrorCode::SystemError,
                            fmt::format("cannot read the model file {}", path.string()));
}

}  // namespace models
