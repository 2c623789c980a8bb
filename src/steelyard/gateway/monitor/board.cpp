#include "steelyard/gateway/monitor/board.hpp"

#include <utility>

namespace steelyard::gateway {

const std::string& Sighting::event(Tables tables) const {
  const std::size_t choice = tables.bits % kChoices;
  std::call_once(made_[choice], [&] {
    events_[choice] =
        std::string("event: snapshot\ndata: ").append(snapshot_.with(tables)).append("\n\n");
  });
  return events_[choice];
}

Board::Latest Board::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

std::shared_ptr<const std::string> Board::history(Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  if (!history_text_) history_text_ = std::make_shared<const std::string>(history_.text(now));
  return history_text_;
}

std::optional<std::uint64_t> Board::listen(std::function<void()> wake) {
  std::function<void()> ask_now;
  std::uint64_t listener = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (is_closed_ || listeners_.size() >= kMaxListeners) return std::nullopt;
    listener = ++last_listener_;
    listeners_.emplace(listener, std::move(wake));
    ask_now = ask_now_;
  }
  if (ask_now) ask_now();
  return listener;
}

void Board::forget(std::uint64_t listener) {
  const std::scoped_lock lock(mutex_);
  listeners_.erase(listener);
}

bool Board::ask(Clock::time_point now, std::function<void()> told) {
  std::function<void()> call = told;
  {
    const std::scoped_lock lock(mutex_);
    if (is_closed_ || asking_.size() >= kMaxAsking) return false;
    const bool is_known = latest_.sighting && now - latest_.sighting->at() <= kFresh;
    const bool is_away = latest_.number > 0 && !latest_.is_connected;
    if (!is_known && !is_away && ask_now_) {
      asking_.push_back(std::move(told));
      call = ask_now_;
    }
  }
  call();
  return true;
}

bool Board::is_listened_to() const {
  const std::scoped_lock lock(mutex_);
  return !listeners_.empty() || !asking_.empty();
}

bool Board::is_closed() const {
  const std::scoped_lock lock(mutex_);
  return is_closed_;
}

void Board::watch(std::function<void()> ask_now) {
  Calls calls;
  {
    const std::scoped_lock lock(mutex_);
    ask_now_ = std::move(ask_now);
    if (!ask_now_) calls.swap(asking_);
  }
  for (const auto& call : calls) call();
}

void Board::close() {
  Calls calls;
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    calls = take_calls();
  }
  for (const auto& call : calls) call();
}

void Board::write(std::shared_ptr<const Sighting> sighting, const Moment& moment) {
  Calls calls;
  {
    const std::scoped_lock lock(mutex_);
    history_.add(sighting->at(), moment);
    history_text_.reset();
    latest_ = {.number = latest_.number + 1, .sighting = std::move(sighting), .is_connected = true};
    calls = take_calls();
  }
  for (const auto& call : calls) call();
}

void Board::write_away(std::chrono::duration<double> away, std::string why) {
  Calls calls;
  {
    const std::scoped_lock lock(mutex_);
    ++latest_.number;
    latest_.is_connected = false;
    latest_.away = away;
    latest_.why = std::move(why);
    history_text_.reset();
    calls = take_calls();
  }
  for (const auto& call : calls) call();
}

Board::Calls Board::take_calls() {
  Calls calls = std::exchange(asking_, {});
  for (const auto& [listener, wake] : listeners_) calls.push_back(wake);
  return calls;
}

}  // namespace steelyard::gateway
