#include "top/capabilities.hpp"

#include <unistd.h>

// A file of its own for this header, because it defines `lines`, `columns` and 400 more as macros.
#include <curses.h>
#include <term.h>

namespace steelyard::cli {

bool knows_terminal() {
  int found = 0;
  return ::setupterm(nullptr, STDOUT_FILENO, &found) == OK;
}

std::optional<std::string> capability(const char* name) {
  const char* text = ::tigetstr(name);
  const bool is_no_text = text == reinterpret_cast<const char*>(-1);  // NOLINT: how it says so
  if (text == nullptr || is_no_text || *text == '\0') return std::nullopt;
  return text;
}

}  // namespace steelyard::cli
