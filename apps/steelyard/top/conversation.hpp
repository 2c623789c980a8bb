#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "top/frame.hpp"
#include "top/model.hpp"

namespace steelyard::cli {

/// A key that was pressed; `sign` with Sign only.
struct Key {
  enum class Kind : std::uint8_t {
    Sign,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Enter,
    Escape,
    Backspace,
    Other
  };
  Kind kind = Kind::Other;
  char sign = 0;

  [[nodiscard]] static Key of(char sign) { return {Kind::Sign, sign}; }
};

// What the person at the keyboard wants done.
struct Quit {};
struct LookNow {};
struct DrainWorker {
  std::string worker;
};
struct CancelJob {
  std::string job;
};
/// All jobs of a queue, or of a user; the other name is empty.
struct CancelJobs {
  std::string queue;
  std::string user;
};
using Wish = std::variant<Quit, LookNow, DrainWorker, CancelJob, CancelJobs>;

/// What `steelyard top` makes of the keys that are pressed: it changes what the model shows, asks
/// before anything is done to the broker, and says what is to be done.
///
/// Thread safety: none. No terminal, no clock, no broker.
class TopConversation {
 public:
  using Interval = std::chrono::milliseconds;

  TopConversation(TopModel& model, Interval interval) : model_(model), interval_(interval) {}

  /// Returns what is to be done now, if anything.
  [[nodiscard]] std::optional<Wish> press(Key key);
  /// How many rows a page has.
  void set_page(std::size_t rows) { page_rows_ = rows; }

  /// What has become of a wish; stands in the last line until the next key.
  void say(std::string sentence) { said_ = std::move(sentence); }

  [[nodiscard]] bool paused() const { return paused_; }
  [[nodiscard]] bool shows_help() const { return shows_help_; }
  [[nodiscard]] Interval interval() const { return interval_; }
  /// The last line.
  [[nodiscard]] std::string footer() const;

 private:
  [[nodiscard]] std::optional<Wish> press_sign(char sign);
  [[nodiscard]] std::optional<Wish> answer_question(Key key);
  void type_filter(Key key);
  void move(Key::Kind kind);
  void show_next(std::int64_t step);
  void change_interval(bool longer);
  void ask_to_drain();
  void ask_to_cancel();
  void ask(std::string question, Wish wish);

  TopModel& model_;
  Interval interval_;
  std::size_t page_rows_ = 10;
  bool paused_ = false;
  bool shows_help_ = false;
  bool types_filter_ = false;
  std::string filter_before_;
  std::string said_;
  std::string question_;
  std::optional<Wish> asked_;
};

}  // namespace steelyard::cli
