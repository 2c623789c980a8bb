#include "steelyard/runtime/zmq/large_messages.hpp"

#include <algorithm>
#include <utility>

namespace steelyard::zmq_runtime {
namespace {

/// The sender is told after so much.
constexpr std::uint64_t kAnswerBytes = 4 * kPartBytes;

}  // namespace

void LargeSender::add(std::string message) {
  waiting_bytes_ += message.size();
  waiting_.push_back(std::move(message));
}

std::optional<std::string> LargeSender::next() {
  if (waiting_.empty()) return std::nullopt;
  std::string& first = waiting_.front();
  if (first.size() <= kPlainBytes) {
    std::string message = std::move(first);
    waiting_.pop_front();
    waiting_bytes_ -= message.size();
    return message;
  }
  if (sent_bytes_ - taken_bytes_ >= kWindowBytes) return std::nullopt;
  if (offset_ == 0) ++stream_;
  const std::string_view block = std::string_view(first).substr(offset_, kPartBytes);
  wire::Part part;
  part.set_stream(stream_);
  part.set_offset(offset_);
  part.set_total(first.size());
  std::string message = wire::encode(part, block);
  sent_bytes_ += block.size();
  offset_ += block.size();
  if (offset_ == first.size()) {
    waiting_bytes_ -= first.size();
    waiting_.pop_front();
    offset_ = 0;
  }
  return message;
}

void LargeSender::taken(const wire::PartsTaken& message) {
  taken_bytes_ = std::clamp(message.bytes(), taken_bytes_, sent_bytes_);
}

Result<LargeReceiver::Added> LargeReceiver::add(const wire::Envelope& part,
                                                std::uint64_t max_bytes) {
  wire::Part header;
  if (!wire::read(part, header)) return drop(ErrorCode::Malformed, "a part's header");
  if (header.total() > max_bytes) {
    return drop(ErrorCode::PayloadTooLarge,
                "a message has at most " + std::to_string(max_bytes) + " bytes");
  }
  if (header.offset() == 0) {
    std::string().swap(bytes_);
    stream_ = header.stream();
  }
  const bool fits = header.stream() == stream_ && header.offset() == bytes_.size() &&
                    bytes_.size() + part.block.size() <= header.total() && !part.block.empty();
  if (!fits) return drop(ErrorCode::Malformed, "a part does not follow the one before it");
  bytes_.append(part.block);
  taken_bytes_ += part.block.size();
  Added added;
  if (bytes_.size() == header.total()) added.whole.swap(bytes_);
  if (taken_bytes_ - answered_bytes_ >= kAnswerBytes) {
    answered_bytes_ = taken_bytes_;
    wire::PartsTaken answer;
    answer.set_bytes(answered_bytes_);
    added.answer = wire::encode(answer);
  }
  return added;
}

void LargeReceiver::clear() {
  std::string().swap(bytes_);
  stream_ = taken_bytes_ = answered_bytes_ = 0;
}

tl::unexpected<Error> LargeReceiver::drop(ErrorCode code, std::string text) {
  std::string().swap(bytes_);
  return failure(code, std::move(text));
}

}  // namespace steelyard::zmq_runtime
