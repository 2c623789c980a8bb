#include "man/roff.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include <fmt/format.h>

namespace steelyard::cli {
namespace {

/// What roff would read as something else: commands, typographic quotes and dashes.
std::string_view escape_of(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '"':
      return "\\(dq";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return "";
  }
}

/// Takes the first code point off `text`, which is UTF-8 and begins with one of several bytes.
std::uint32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const auto size = std::min(static_cast<std::size_t>(std::countl_one(first)), text.size());
  std::uint32_t code = first & (0xffU >> (size + 1));
  for (const char c : text.substr(1, size - 1))
    code = code << 6U | (static_cast<unsigned>(c) & 63U);
  text.remove_prefix(size);
  return code;
}

/// Roff reads ASCII.
std::string escaped(std::string_view text) {
  // At the start of a line these would make a request of it.
  std::string result = text.starts_with('.') ? "\\&" : "";
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) >= 0xc0) {
      result += fmt::format("\\[u{:04X}]", take_code_point(text));
      continue;
    }
    const std::string_view escape = escape_of(text[0]);
    result += escape.empty() ? text.substr(0, 1) : escape;
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace

Roff::Roff(std::string_view name, std::string_view version)
    : text_(fmt::format(".TH {} 1 \"\" \"{}\" \"User Commands\"\n", escaped(name),
                        escaped(version))) {}

void Roff::section(std::string_view heading) {
  add(".SH", heading);
}

void Roff::subsection(std::string_view heading) {
  add(".SS", heading);
}

void Roff::paragraph(std::string_view text) {
  text_ += fmt::format(".PP\n{}\n", escaped(text));
}

void Roff::line(std::string_view bold, std::string_view text) {
  text_ += fmt::format("\\fB{}\\fR{}\n.br\n", escaped(bold), escaped(text));
}

void Roff::entry(std::string_view term, std::string_view meaning) {
  text_ += fmt::format(".TP\n\\fB{}\\fR\n{}\n", escaped(term), escaped(meaning));
}

void Roff::lines(const std::vector<std::string>& lines) {
  text_ += ".PP\n.EX\n";
  for (const std::string& line : lines) text_ += escaped(line) + "\n";
  text_ += ".EE\n";
}

void Roff::add(std::string_view request, std::string_view text) {
  text_ += fmt::format("{} \"{}\"\n", request, escaped(text));
}

}  // namespace steelyard::cli
