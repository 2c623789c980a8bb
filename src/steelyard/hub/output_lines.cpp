#include "steelyard/hub/output_lines.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace steelyard::hub {
namespace {

constexpr std::size_t kShownEvidenceBytes = 2'000;

std::string with_commas(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string left_out_line(std::uint64_t count) {
  return fmt::format("… {} {} left out", with_commas(count), count == 1 ? "line" : "lines");
}

}  // namespace

std::vector<std::string> OutputLines::append(TimePoint now, std::string_view bytes) {
  std::vector<std::string> lines;
  cut_.append(bytes, [&](std::string line) { take_line(now, std::move(line), lines); });
  return lines;
}

std::string OutputLines::left_out(TimePoint now) {
  const std::uint64_t count = rate_.take_left_out(now);
  return count == 0 ? std::string() : left_out_line(count);
}

std::vector<std::string> OutputLines::finish(TimePoint now) {
  std::vector<std::string> lines;
  cut_.finish([&](std::string line) { take_line(now, std::move(line), lines); });
  if (const std::uint64_t count = rate_.take_left_out(); count > 0) {
    lines.push_back(left_out_line(count));
  }
  return lines;
}

std::string OutputLines::last_words() const {
  std::string words = fmt::format("{}", fmt::join(evidence_, " | "));
  if (words.size() <= kShownEvidenceBytes) return words;
  std::size_t from = words.size() - kShownEvidenceBytes;
  while (from < words.size() && (static_cast<unsigned char>(words[from]) & 0xc0) == 0x80) ++from;
  return "… " + words.substr(from);
}

void OutputLines::take_line(TimePoint now, std::string line, std::vector<std::string>& passed_on) {
  evidence_.push_back(line);
  if (evidence_.size() > max_evidence_lines_) evidence_.pop_front();
  if (rate_.lets_through(now, line.size())) passed_on.push_back(std::move(line));
}

}  // namespace steelyard::hub
