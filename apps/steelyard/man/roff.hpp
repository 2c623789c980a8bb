#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::cli {

/// A page in the language of man(7), written from top to bottom. Texts are taken as they stand:
/// nothing in them is a command of roff.
/// Thread safety: none.
class Roff {
 public:
  /// `name` in capitals; `version` stands at the foot of the page.
  Roff(std::string_view name, std::string_view version);

  void section(std::string_view heading);
  void subsection(std::string_view heading);
  void paragraph(std::string_view text);
  /// A line that begins in bold.
  void line(std::string_view bold, std::string_view text);
  /// `term`, and below it, indented, what it means.
  void entry(std::string_view term, std::string_view meaning);
  /// Lines that are not filled, such as what is typed.
  void lines(const std::vector<std::string>& lines);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add(std::string_view request, std::string_view text);

  std::string text_;
};

}  // namespace steelyard::cli
