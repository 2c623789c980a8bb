#include "submit/progress.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/console.hpp"
#include "cli/table.hpp"

namespace steelyard::cli {
namespace {

constexpr std::size_t kBarColumns = 24;

std::string bar(double part) {
  const auto full = static_cast<std::size_t>(part * static_cast<double>(kBarColumns));
  return fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %  ", "", full, "", kBarColumns - full, part * 100);
}

}  // namespace

std::string progress_line(const ProgressState& state, std::size_t columns) {
  std::string text = state.part ? bar(std::clamp(*state.part, 0.0, 1.0)) : "";
  text += with_commas(state.done) + " done";
  if (state.failed > 0) text += fmt::format(", {} failed", with_commas(state.failed));
  if (state.seconds >= 1) {
    text += fmt::format(", {:.0f} jobs/s", static_cast<double>(state.done) / state.seconds);
  }
  return text.substr(0, columns);
}

void ProgressBar::draw(const ProgressState& state) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (drawn_ && now - last_ < kDrawEvery)) return;
  ProgressState shown = state;
  if (shown.part) shown.part = furthest_ = std::max(furthest_, *shown.part);
  print_error("\r\x1b[K" + progress_line(shown, errors_columns() - 1));
  drawn_ = true;
  last_ = now;
}

void ProgressBar::clear() {
  if (drawn_) print_error("\r\x1b[K");
  drawn_ = false;
}

}  // namespace steelyard::cli
