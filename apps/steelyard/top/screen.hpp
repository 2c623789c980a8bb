#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "steelyard/base/result.hpp"
#include "top/conversation.hpp"
#include "top/frame.hpp"

namespace steelyard::cli {

/// The terminal at standard input and output, taken over until the object goes; then, and when the
/// program crashes, it is as it was. One at a time.
///
/// Thread safety: none.
class Screen {
 public:
  /// Errors: InvalidArgument when the terminal's kind (TERM) is unknown or cannot place text.
  [[nodiscard]] static Result<std::unique_ptr<Screen>> open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] std::size_t columns() const;
  [[nodiscard]] std::size_t lines() const;
  /// The terminal may have another size now.
  void resize();
  void draw(const std::vector<FrameLine>& lines);
  /// The next key that was pressed, without waiting; nothing: there is none.
  [[nodiscard]] std::optional<Key> next_key();

 private:
  struct Terminal;
  explicit Screen(std::unique_ptr<Terminal> terminal);
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace steelyard::cli
