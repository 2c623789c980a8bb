// The half of a conversation that speaks: answers in the order of their requests.
#include <memory>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/http/turn.hpp"

namespace steelyard::http {
namespace {

constexpr std::size_t kKeptBytes = 64 * 1024;  ///< of an output that has left

}  // namespace

std::string_view Conversation::unsent() const {
  return std::string_view(output_).substr(output_begin_);
}

bool Conversation::is_over() const {
  return is_lost_ || (input_is_closed_ && owed_count() == 0 && unsent().empty());
}

void Conversation::sent(std::size_t bytes) {
  output_begin_ += bytes;
  STEELYARD_ASSERT(output_begin_ <= output_.size());
  const bool was_blocked = is_blocked_;
  is_blocked_ = output_begin_ < output_.size();
  if (!is_blocked_) {
    output_.clear();
    output_begin_ = 0;
    if (output_.capacity() > kKeptBytes) output_.shrink_to_fit();
    if (owed_count() == 0) last_input_ = around_.clock();  // the client's turn begins
  } else {
    if (bytes > 0 || !was_blocked) last_sent_ = around_.clock();
    if (output_begin_ > kKeptBytes && output_begin_ > output_.size() / 2) {
      output_.erase(0, output_begin_);
      output_begin_ = 0;
    }
  }
  wake_if_due();
}

Conversation::Owed& Conversation::owed(std::uint64_t number) {
  const std::size_t index = first_owed_ + static_cast<std::size_t>(number - first_number_);
  STEELYARD_ASSERT(number >= first_number_ && index < owed_.size());
  return owed_[index];
}

std::string& Conversation::sink(std::uint64_t number) {
  return is_first(number) ? output_ : owed(number).text;
}

std::uint64_t Conversation::owe(const Framing& framing) {
  if (first_owed_ > 0 && first_owed_ * 2 >= owed_.size()) {
    owed_.erase(owed_.begin(), owed_.begin() + static_cast<std::ptrdiff_t>(first_owed_));
    first_owed_ = 0;
  }
  Owed& owed = owed_.emplace_back();
  owed.framing = framing;
  owed.began = request_began_;
  around_.counters.unanswered.add(1);
  return first_number_ + owed_count() - 1;
}

void Conversation::begin_answer(std::uint64_t number, const Response& response) {
  Owed& answer = owed(number);
  const bool is_last = first_owed_ + (number - first_number_) + 1 == owed_.size();
  if (input_is_closed_ && is_last) answer.framing.close = true;
  if (answer.framing.stream && answer.framing.minor_version == 0 && !answer.framing.head_only) {
    answer.framing.close = true;  // its end is the end of the connection
    close_input();
  }
  append_answer(sink(number), response, answer.framing, around_.date);
  const unsigned status_class = response.status / 100;
  around_.counters.answers[status_class >= 1 && status_class <= 5 ? status_class - 1 : 4].add(1);
  if (!has_body(response.status)) answer.framing.head_only = true;
  answer.record.status = response.status;
  answer.record.response_bytes = answer.framing.head_only ? 0 : response.body.size();
}

void Conversation::respond(std::uint64_t number, const Response& response) {
  begin_answer(number, response);
  finish(number);
}

void Conversation::begin_stream(std::uint64_t number, const Response& head) {
  owed(number).framing.stream = true;
  begin_answer(number, head);
  tell_output();
}

void Conversation::send(std::uint64_t number, std::string_view bytes) {
  Owed& answer = owed(number);
  append_piece(sink(number), bytes, answer.framing);
  if (!answer.framing.head_only) answer.record.response_bytes += bytes.size();
  tell_output();
}

void Conversation::end(std::uint64_t number) {
  append_end_of_stream(sink(number), owed(number).framing);
  finish(number);
}

void Conversation::break_off(std::uint64_t number) {
  owed(number).framing.close = true;
  finish(number);
}

void Conversation::finish(std::uint64_t number) {
  Owed& answer = owed(number);
  answer.is_whole = true;
  // They may hold the exchange itself, and die when nothing is looked at any more.
  std::function<void()> gone;
  std::function<void()> drained;
  if (Turn* turn = std::exchange(answer.exchange, nullptr)) {
    turn->conversation_ = nullptr;
    gone.swap(turn->gone_);
    drained.swap(turn->drained_);
  }
  count_answered(answer);
  report(answer);
  if (is_first(number)) {
    take_turns();
  } else if (is_paused_ && may_read()) {
    owner_.wake();  // nothing is sent that would do it
  }
  tell_output();
}

void Conversation::count_answered(const Owed& answer) {
  around_.counters.unanswered.add(-1);
  unanswered_body_bytes_ -= answer.body_bytes;
}

/// The first answer is whole: the next one is the first now.
void Conversation::take_turns() {
  while (owed_count() > 0 && owed_[first_owed_].is_whole) {
    if (owed_[first_owed_].framing.close) {
      close_input();
      drop_owed();
      return;
    }
    ++first_owed_;
    ++first_number_;
    if (owed_count() > 0) {
      output_ += owed_[first_owed_].text;
      std::string().swap(owed_[first_owed_].text);
    }
  }
  if (owed_count() == 0) {
    owed_.clear();
    first_owed_ = 0;
  }
  say_continue();
}

/// What was asked behind the last answer of the connection will not be answered.
void Conversation::drop_owed() {
  Calls gone;
  Calls never;  // what they hold, perhaps the exchange itself, dies when nothing is looked at
  for (std::size_t i = first_owed_; i < owed_.size(); ++i) {
    if (!owed_[i].is_whole) leave_owed(owed_[i], gone, never);
  }
  first_number_ += owed_count();
  owed_.clear();
  first_owed_ = 0;
  for (const auto& tell : gone) tell();
}

void Conversation::leave_owed(Owed& answer, Calls& gone, Calls& never) {
  count_answered(answer);
  around_.counters.gone.add(1);
  answer.record.client_gone = true;
  report(answer);
  Turn& turn = *answer.exchange;
  turn.conversation_ = nullptr;
  turn.client_has_gone_ = true;
  never.push_back(std::exchange(turn.drained_, nullptr));
  if (turn.gone_) gone.push_back(std::exchange(turn.gone_, nullptr));
}

void Conversation::abandon() {
  if (is_lost_) return;
  is_lost_ = true;
  close_input();
  input_.clear();
  output_.clear();
  output_begin_ = 0;
  drop_owed();
}

void Conversation::tell_output() {
  if (!is_busy_) owner_.output_ready();
}

std::size_t Conversation::unsent_of(std::uint64_t number) {
  return is_first(number) ? unsent().size() : owed(number).text.size();
}

void Conversation::wake_if_due() {
  if (is_paused_ && may_read()) {
    owner_.wake();
    return;
  }
  for (std::size_t i = first_owed_; i < owed_.size(); ++i) {
    const Turn* turn = owed_[i].exchange;
    if (turn == nullptr || !turn->drained_) continue;
    if (unsent_of(turn->number_) <= turn->drained_at_) {
      owner_.wake();
      return;
    }
  }
}

void Conversation::call_drained() {
  Calls due;
  for (std::size_t i = first_owed_; i < owed_.size(); ++i) {
    Turn* turn = owed_[i].exchange;
    if (turn == nullptr || !turn->drained_) continue;
    if (unsent_of(turn->number_) <= turn->drained_at_) {
      due.push_back(std::exchange(turn->drained_, nullptr));
    }
  }
  for (const auto& tell : due) tell();
}

void Conversation::report(Owed& answer) {
  if (!around_.options.access) return;
  answer.record.peer = peer_;
  answer.record.took =
      std::chrono::duration_cast<std::chrono::microseconds>(around_.clock() - answer.began);
  around_.options.access(answer.record);
}

}  // namespace steelyard::http
