#include "top/conversation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace steelyard::cli {
namespace {

constexpr std::int64_t kFarAway = INT64_MAX / 2;
constexpr std::size_t kMaxFilterBytes = 100;

constexpr std::array<std::chrono::milliseconds, 9> kIntervals{
    std::chrono::milliseconds(100),    std::chrono::milliseconds(200),
    std::chrono::milliseconds(500),    std::chrono::milliseconds(1'000),
    std::chrono::milliseconds(2'000),  std::chrono::milliseconds(5'000),
    std::chrono::milliseconds(10'000), std::chrono::milliseconds(30'000),
    std::chrono::milliseconds(60'000)};

constexpr std::string_view kKeys =
    "q quit  ? help  1-4 view  s S sort  / filter  d drain  c cancel  p pause";

}  // namespace

std::optional<Wish> TopConversation::press(Key key) {
  said_.clear();
  if (shows_help_) {
    shows_help_ = false;
    return std::nullopt;
  }
  if (asked_) return answer_question(key);
  if (types_filter_) {
    type_filter(key);
    return std::nullopt;
  }
  if (key.kind == Key::Kind::Sign) return press_sign(key.sign);
  move(key.kind);
  return std::nullopt;
}

std::optional<Wish> TopConversation::press_sign(char sign) {
  switch (sign) {
    case 'q':
      return Quit{};
    case ' ':
      return LookNow{};
    case '?':
    case 'h':
      shows_help_ = true;
      break;
    case '1':
    case '2':
    case '3':
    case '4':
      model_.show(static_cast<TopView>(sign - '1'));
      return LookNow{};
    case 'j':
      model_.move_selection(1);
      break;
    case 'k':
      model_.move_selection(-1);
      break;
    case 'g':
      model_.move_selection(-kFarAway);
      break;
    case 'G':
      model_.move_selection(kFarAway);
      break;
    case 's':
      model_.sort_by_next();
      break;
    case 'S':
      model_.reverse();
      break;
    case '/':
      types_filter_ = true;
      filter_before_ = model_.filter();
      break;
    case 'p':
      paused_ = !paused_;
      break;
    case '<':
    case '>':
      change_interval(sign == '>');
      break;
    case 'd':
      ask_to_drain();
      break;
    case 'c':
      ask_to_cancel();
      break;
    default:
      said_ = "? lists the keys";
  }
  return std::nullopt;
}

void TopConversation::move(Key::Kind kind) {
  const auto page = static_cast<std::int64_t>(page_rows_);
  switch (kind) {
    case Key::Kind::Up:
      return model_.move_selection(-1);
    case Key::Kind::Down:
      return model_.move_selection(1);
    case Key::Kind::PageUp:
      return model_.move_selection(-page);
    case Key::Kind::PageDown:
      return model_.move_selection(page);
    case Key::Kind::Home:
      return model_.move_selection(-kFarAway);
    case Key::Kind::End:
      return model_.move_selection(kFarAway);
    case Key::Kind::Tab:
      return show_next(1);
    case Key::Kind::BackTab:
      return show_next(kTopViews - 1);
    case Key::Kind::Escape:
      return model_.filter("");
    default:
      return;
  }
}

void TopConversation::show_next(std::int64_t step) {
  const auto next = (static_cast<std::size_t>(model_.view()) + static_cast<std::size_t>(step));
  model_.show(static_cast<TopView>(next % kTopViews));
}

void TopConversation::change_interval(bool longer) {
  if (longer) {
    const auto* next = std::ranges::upper_bound(kIntervals, interval_);
    if (next != kIntervals.end()) interval_ = *next;
  } else {
    const auto* next = std::ranges::lower_bound(kIntervals, interval_);
    if (next != kIntervals.begin()) interval_ = *std::prev(next);
  }
  said_ = fmt::format("looks every {:g} s", std::chrono::duration<double>(interval_).count());
}

void TopConversation::type_filter(Key key) {
  std::string text = model_.filter();
  switch (key.kind) {
    case Key::Kind::Enter:
      types_filter_ = false;
      return;
    case Key::Kind::Escape:
      types_filter_ = false;
      return model_.filter(filter_before_);
    case Key::Kind::Backspace:
      if (!text.empty()) text.pop_back();
      break;
    case Key::Kind::Sign:
      if (text.size() < kMaxFilterBytes) text += key.sign;
      break;
    default:
      return move(key.kind);
  }
  model_.filter(std::move(text));
}

void TopConversation::ask(std::string question, Wish wish) {
  question_ = std::move(question);
  asked_ = std::move(wish);
}

void TopConversation::ask_to_drain() {
  if (model_.view() != TopView::Workers) {
    said_ = "d drains a worker: 2 lists them";
  } else if (const TopRow* row = model_.selected_row()) {
    const std::string& worker = row->cells[0].text;
    ask(fmt::format("drain '{}'? it finishes what it has and goes", worker), DrainWorker{worker});
  } else {
    said_ = "there is no worker to drain";
  }
}

void TopConversation::ask_to_cancel() {
  const TopRow* row = model_.selected_row();
  if (model_.view() == TopView::Workers) {
    said_ = "c cancels a job (4 lists them), or all of a queue (1) or user (3)";
  } else if (row == nullptr) {
    said_ = "there is nothing to cancel";
  } else if (const std::string& name = row->cells[0].text; model_.view() == TopView::Jobs) {
    ask(fmt::format("cancel job {}?", name), CancelJob{name});
  } else if (model_.view() == TopView::Queues) {
    ask(fmt::format("cancel ALL jobs of queue '{}'?", name), CancelJobs{name, ""});
  } else {
    ask(fmt::format("cancel ALL jobs of user '{}'?", name), CancelJobs{"", name});
  }
}

std::optional<Wish> TopConversation::answer_question(Key key) {
  const bool yes = key.kind == Key::Kind::Sign && (key.sign == 'y' || key.sign == 'Y');
  std::optional<Wish> wish = std::exchange(asked_, std::nullopt);
  if (yes) return wish;
  said_ = "nothing was done";
  return std::nullopt;
}

std::string TopConversation::footer() const {
  if (asked_) return fmt::format("{}  y/n", question_);
  if (types_filter_) return fmt::format("/{}_  Enter keeps it, Esc drops it", model_.filter());
  return said_.empty() ? std::string(kKeys) : said_;
}

}  // namespace steelyard::cli
