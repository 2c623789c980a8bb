#include "models/bigram_model.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

#include "models/corpus.hpp"

namespace models {
namespace {

/// Two neighbouring words' numbers in one integer, the first word in the upper half.
using Pair = std::uint64_t;

struct Indexed {
  std::vector<std::string_view> words;  ///< by number
  std::vector<Pair> pairs;              ///< in the text's order
};

Indexed index(std::string_view text) {
  Indexed indexed;
  std::unordered_map<std::string_view, Pair> numbers;
  Pair before = 0;
  bool first = true;
  for_each_word(text, [&](std::string_view word) {
    const auto [entry, fresh] = numbers.try_emplace(word, numbers.size());
    if (fresh) indexed.words.push_back(word);
    if (!first) indexed.pairs.push_back(before << 32 | entry->second);
    before = entry->second;
    first = false;
  });
  return indexed;
}

bool is_better(const Prediction& left, const Prediction& right) {
  return left.count != right.count ? left.count > right.count : left.next < right.next;
}

}  // namespace

BigramModel::BigramModel(std::string_view text) {
  Indexed indexed = index(text);
  std::sort(indexed.pairs.begin(), indexed.pairs.end());
  for (auto run = indexed.pairs.begin(); run != indexed.pairs.end();) {
    const auto end = std::upper_bound(run, indexed.pairs.end(), *run);
    const Prediction candidate{std::string(indexed.words[*run & UINT32_MAX]),
                               static_cast<std::size_t>(end - run)};
    Prediction& best = predictions_[std::string(indexed.words[*run >> 32])];
    if (is_better(candidate, best)) best = candidate;
    run = end;
  }
}

BigramModel BigramModel::load(const std::filesystem::path& path) {
  const auto text = read_text(path);
  if (!text) throw std::runtime_error(text.error().context);
  return BigramModel(*text);
}

Prediction BigramModel::predict(const std::string& word) const {
  const auto found = predictions_.find(word);
  return found == predictions_.end() ? Prediction{} : found->second;
}

Prediction predict_by_scan(std::string_view text, std::string_view word) {
  std::map<std::string_view, std::size_t> followers;
  bool follows = false;
  for_each_word(text, [&](std::string_view found) {
    if (follows) ++followers[found];
    follows = found == word;
  });
  Prediction best;
  for (const auto& [next, count] : followers) {
    const Prediction candidate{std::string(next), count};
    if (is_better(candidate, best)) best = candidate;
  }
  return best;
}

}  // namespace models
