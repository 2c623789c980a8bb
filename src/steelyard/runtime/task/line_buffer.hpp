#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace steelyard {

/// Cuts a stream of bytes into lines.
/// Thread safety: none. Cost: every byte is looked at once.
class LineBuffer {
 public:
  void append(std::string_view bytes) { bytes_.append(bytes); }

  /// The next complete line without its newline; nothing when there is none yet.
  std::optional<std::string> next() {
    const std::size_t end = bytes_.find('\n', scanned_);
    if (end == std::string::npos) {
      bytes_.erase(0, start_);
      start_ = 0;
      scanned_ = bytes_.size();
      return std::nullopt;
    }
    std::string line = bytes_.substr(start_, end - start_);
    start_ = scanned_ = end + 1;
    return line;
  }

  /// Bytes of the line that is not complete yet. Meaningful after `next()` returned nothing.
  [[nodiscard]] std::size_t pending_bytes() const { return bytes_.size() - start_; }

 private:
  std::string bytes_;
  std::size_t start_ = 0;    // of the next line
  std::size_t scanned_ = 0;  // no newline stands before this
};

}  // namespace steelyard
