#include "steelyard/gateway/http/turn.hpp"

#include "steelyard/base/assert.hpp"

namespace steelyard::http {
namespace {

const Refusal kUnanswered{500, "unanswered", "The request was given up without an answer."};

}  // namespace

Conversation::Turn::~Turn() {
  if (conversation_ == nullptr) return;
  if (progress_ == Progress::Nothing) {
    respond(to_response(kUnanswered));
  } else {
    conversation_->break_off(number_);
  }
}

void Conversation::Turn::respond(Response response) {
  STEELYARD_ASSERT(progress_ == Progress::Nothing);
  progress_ = Progress::Whole;
  if (conversation_ != nullptr) conversation_->respond(number_, response);
}

void Conversation::Turn::begin_stream(Response head) {
  STEELYARD_ASSERT(progress_ == Progress::Nothing);
  progress_ = Progress::Stream;
  if (conversation_ != nullptr) conversation_->begin_stream(number_, head);
}

void Conversation::Turn::send(std::string bytes) {
  STEELYARD_ASSERT(progress_ == Progress::Stream);
  if (conversation_ != nullptr) conversation_->send(number_, bytes);
}

void Conversation::Turn::end() {
  STEELYARD_ASSERT(progress_ == Progress::Stream);
  progress_ = Progress::Whole;
  if (conversation_ != nullptr) conversation_->end(number_);
}

std::size_t Conversation::Turn::unsent_bytes() const {
  return conversation_ == nullptr ? 0 : conversation_->unsent_of(number_);
}

void Conversation::Turn::when_unsent_at_most(std::size_t bytes, std::function<void()> drained) {
  if (conversation_ == nullptr) return;
  drained_at_ = bytes;
  drained_ = std::move(drained);
  conversation_->wake_if_due();
}

void Conversation::Turn::when_gone(std::function<void()> gone) {
  if (client_has_gone_ && progress_ != Progress::Whole) {
    gone();
  } else if (conversation_ != nullptr) {
    gone_ = std::move(gone);
  }
}

}  // namespace steelyard::http
