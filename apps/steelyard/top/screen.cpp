#include "top/screen.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Last, because it defines macros with everyday names.
#define NCURSES_NOMACROS 1
#include <curses.h>

#include "cli/table.hpp"
#include "top/capabilities.hpp"

namespace steelyard::cli {
namespace {

constexpr int kEscapeDelay_ms = 25;
constexpr short kAttentionPair = 1;
constexpr std::array kCrashes{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};

/// What brings the terminal back when nothing else can be done any more; written before the
/// handlers are there, and then only read.
struct LastResort {
  termios settings{};
  std::array<char, 256> text{};
  std::size_t size = 0;

  void add(std::string_view more) {
    if (size + more.size() > text.size()) return;
    std::ranges::copy(more, text.begin() + static_cast<std::ptrdiff_t>(size));
    size += more.size();
  }
};

LastResort last_resort;

/// Calls nothing but what a signal handler may.
void restore_and_die(int signal) {
  static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &last_resort.settings));
  static_cast<void>(!::write(STDOUT_FILENO, last_resort.text.data(), last_resort.size));
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

tl::unexpected<Error> unusable(std::string_view what) {
  const char* kind = std::getenv("TERM");  // NOLINT: nobody changes the environment
  return failure(ErrorCode::InvalidArgument,
                 fmt::format("the terminal '{}' {}: set TERM to what the terminal is, for example "
                             "xterm-256color, or take one look with --once",
                             kind == nullptr ? "" : kind, what));
}

/// `text` for a terminal that shows ASCII only.
std::string in_ascii(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      result += c;
    } else if (byte >= 0xc0) {
      result += '~';  // one for a code point, whose other bytes are left out
    }
  }
  return result;
}

attr_t attributes(FrameStyle style) {
  switch (style) {
    case FrameStyle::Plain:
      return A_NORMAL;
    case FrameStyle::Strong:
      return A_BOLD;
    case FrameStyle::Heading:
      return A_REVERSE;
    case FrameStyle::Attention:
      return A_BOLD | (::has_colors() ? COLOR_PAIR(kAttentionPair) : A_NORMAL);
    case FrameStyle::Selected:
      return A_REVERSE | A_BOLD;
  }
  return A_NORMAL;
}

std::optional<Key::Kind> special(int code) {
  switch (code) {
    case KEY_UP:
      return Key::Kind::Up;
    case KEY_DOWN:
      return Key::Kind::Down;
    case KEY_PPAGE:
      return Key::Kind::PageUp;
    case KEY_NPAGE:
      return Key::Kind::PageDown;
    case KEY_HOME:
      return Key::Kind::Home;
    case KEY_END:
      return Key::Kind::End;
    case '\t':
      return Key::Kind::Tab;
    case KEY_BTAB:
      return Key::Kind::BackTab;
    case '\n':
    case '\r':
    case KEY_ENTER:
      return Key::Kind::Enter;
    case 27:
      return Key::Kind::Escape;
    case KEY_BACKSPACE:
    case '\b':
    case 127:
      return Key::Kind::Backspace;
    default:
      return std::nullopt;
  }
}

}  // namespace

struct Screen::Terminal {
  SCREEN* screen = nullptr;
  bool shows_utf8 = false;
  std::array<struct sigaction, kCrashes.size()> before{};
};

Result<std::unique_ptr<Screen>> Screen::open() {
  std::setlocale(LC_CTYPE, "");
  if (!knows_terminal()) return unusable("is not known here");
  if (!capability("cup")) return unusable("cannot place text");
  last_resort.size = 0;
  if (::tcgetattr(STDIN_FILENO, &last_resort.settings) != 0) return unusable("takes no settings");
  for (const char* name : {"sgr0", "cnorm", "rmkx", "rmcup"}) {
    last_resort.add(capability(name).value_or(""));
  }
  auto terminal = std::make_unique<Terminal>();
  terminal->shows_utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  terminal->screen = ::newterm(nullptr, stdout, stdin);
  if (terminal->screen == nullptr) return unusable("cannot be used");
  return std::unique_ptr<Screen>(new Screen(std::move(terminal)));
}

Screen::Screen(std::unique_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(kEscapeDelay_ms);
  ::curs_set(0);
  if (::has_colors()) {
    ::start_color();
    ::use_default_colors();
    ::init_pair(kAttentionPair, COLOR_RED, -1);
  }
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    ::sigaction(kCrashes[i], &action, &terminal_->before[i]);
  }
}

Screen::~Screen() {
  ::endwin();
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    ::sigaction(kCrashes[i], &terminal_->before[i], nullptr);
  }
  ::delscreen(terminal_->screen);
}

std::size_t Screen::columns() const {
  return static_cast<std::size_t>(getmaxx(stdscr));
}
std::size_t Screen::lines() const {
  return static_cast<std::size_t>(getmaxy(stdscr));
}

void Screen::resize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return;
  ::resizeterm(size.ws_row, size.ws_col);
  ::clearok(stdscr, TRUE);
}

void Screen::draw(const std::vector<FrameLine>& lines) {
  ::erase();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const FrameLine& line = lines[i];
    std::string text = terminal_->shows_utf8 ? line.text : in_ascii(line.text);
    const bool fills = line.style == FrameStyle::Heading || line.style == FrameStyle::Selected;
    if (fills) text.append(columns() - std::min(columns(), shown_width(line.text)), ' ');
    ::attrset(static_cast<int>(attributes(line.style)));
    ::mvaddstr(static_cast<int>(i), 0, text.c_str());
  }
  ::attrset(A_NORMAL);
  ::refresh();
}

std::optional<Key> Screen::next_key() {
  const int code = ::getch();
  if (code == ERR) return std::nullopt;
  if (const auto kind = special(code)) return Key{*kind};
  const bool is_sign = code >= ' ' && code < 127;
  return is_sign ? Key::of(static_cast<char>(code)) : Key{Key::Kind::Other};
}

}  // namespace steelyard::cli
