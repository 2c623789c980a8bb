#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace steelyard {

/// Keeps the last bytes of a stream of any length.
/// Thread safety: none.
class TailBuffer {
 public:
  explicit TailBuffer(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void append(std::string_view bytes) {
    kept_.append(bytes);
    if (kept_.size() <= limit_bytes_) return;
    kept_.erase(0, kept_.size() - limit_bytes_);
    cut_ = true;
  }
  /// At most `limit_bytes`.
  [[nodiscard]] const std::string& bytes() const { return kept_; }
  /// Whether the stream had more than is kept.
  [[nodiscard]] bool cut() const { return cut_; }

 private:
  std::size_t limit_bytes_;
  std::string kept_;
  bool cut_ = false;
};

}  // namespace steelyard
