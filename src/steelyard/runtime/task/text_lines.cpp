#include "steelyard/runtime/task/text_lines.hpp"

#include <algorithm>
#include <chrono>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard {

void TextLines::append(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t room = max_line_bytes_ - std::min(max_line_bytes_, line_.size());
    const std::string_view part = bytes.substr(0, end);
    line_.append(part.substr(0, room));
    is_cut_ = is_cut_ || part.size() > room;
    if (end == std::string_view::npos) return;
    take(take_line());
    bytes.remove_prefix(end + 1);
  }
}

void TextLines::finish(const Take& take) {
  if (!line_.empty()) take(take_line());
}

std::string TextLines::take_line() {
  std::string line = printable(std::exchange(line_, {}));
  if (std::exchange(is_cut_, false)) line += " …";
  return line;
}

bool LineRate::lets_through(TimePoint now, std::size_t line_bytes) {
  if (is_over(now)) {
    second_ = now;
    lines_ = 0;
    bytes_ = 0;
  }
  if (lines_ >= limits_.max_lines_per_s || bytes_ + line_bytes > limits_.max_bytes_per_s) {
    ++left_out_;
    return false;
  }
  ++lines_;
  bytes_ += line_bytes;
  return true;
}

std::uint64_t LineRate::take_left_out(TimePoint now) {
  return is_over(now) ? take_left_out() : 0;
}

bool LineRate::is_over(TimePoint now) const {
  return now - second_ >= std::chrono::seconds(1);
}

}  // namespace steelyard
