#include "steelyard/hub/output_lines.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "steelyard/runtime/task/text_encoding.hpp"

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
  begin_second(now);
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t room =
        limits_.max_line_bytes - std::min(limits_.max_line_bytes, line_.size());
    line_.append(part.substr(0, room));
    if (end == std::string_view::npos) break;
    take_line(lines);
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

std::string OutputLines::left_out(TimePoint now) {
  if (left_out_ == 0 || now - second_ < std::chrono::seconds(1)) return {};
  return left_out_line(std::exchange(left_out_, 0));
}

std::vector<std::string> OutputLines::finish(TimePoint now) {
  begin_second(now);
  std::vector<std::string> lines;
  if (!line_.empty()) take_line(lines);
  if (left_out_ > 0) lines.push_back(left_out_line(std::exchange(left_out_, 0)));
  return lines;
}

std::string OutputLines::last_words() const {
  std::string words = fmt::format("{}", fmt::join(evidence_, " | "));
  if (words.size() <= kShownEvidenceBytes) return words;
  std::size_t from = words.size() - kShownEvidenceBytes;
  while (from < words.size() && (static_cast<unsigned char>(words[from]) & 0xc0) == 0x80) ++from;
  return "… " + words.substr(from);
}

void OutputLines::begin_second(TimePoint now) {
  if (now - second_ < std::chrono::seconds(1)) return;
  second_ = now;
  lines_ = 0;
  bytes_ = 0;
}

void OutputLines::take_line(std::vector<std::string>& lines) {
  const bool was_cut = line_.size() >= limits_.max_line_bytes;
  std::string line = printable(std::exchange(line_, {}));
  if (was_cut) line += " …";
  evidence_.push_back(line);
  if (evidence_.size() > limits_.max_evidence_lines) evidence_.pop_front();
  if (lines_ >= limits_.max_lines_per_s || bytes_ + line.size() > limits_.max_bytes_per_s) {
    ++left_out_;
    return;
  }
  ++lines_;
  bytes_ += line.size();
  lines.push_back(std::move(line));
}

}  // namespace steelyard::hub
