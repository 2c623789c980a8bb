#include "steelyard/trace/reader.hpp"

#include <utility>

#include <fmt/format.h>
#include <google/protobuf/wire_format_lite.h>

#include "steelyard/trace/format.hpp"
#include "steelyard/trace/recording.pb.h"

namespace steelyard::trace {
namespace {

using google::protobuf::internal::WireFormatLite;
using records::Recording;

/// So that whatever is added to a time does not overflow it.
constexpr TimePoint kEndOfTime{Duration(std::int64_t{1} << 61)};

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

/// What stands before a record's bytes.
struct Head {
  std::uint32_t tag = 0;
  std::uint32_t size = 0;
  std::size_t head_bytes = 0;
};

/// Takes one number off the front; nullopt: it goes on after the end, or never ends.
std::optional<std::uint32_t> take_number(std::string_view& bytes) {
  constexpr int kMaxBytes = 5;
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxBytes && static_cast<std::size_t>(i) < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    bytes.remove_prefix(static_cast<std::size_t>(i) + 1);
    return static_cast<std::uint32_t>(value);
  }
  return std::nullopt;
}

std::optional<Head> head_of(std::string_view bytes) {
  std::string_view rest = bytes;
  const auto tag = take_number(rest);
  const auto size = tag ? take_number(rest) : std::nullopt;
  if (!size) return std::nullopt;
  return Head{*tag, *size, bytes.size() - rest.size()};
}

}  // namespace

Result<Reader> Reader::open(Source source) {
  Reader reader(std::move(source));
  if (auto read = reader.read_preface(); !read) return tl::unexpected(read.error());
  return reader;
}

/// Whatever is wrong with the beginning, this is no recording.
Result<void> Reader::read_preface() {
  const auto record = peek();
  const bool is_preface =
      record && record->has_value() && (*record)->field == Recording::kHeaderFieldNumber;
  auto preface = decode_preface(is_preface ? (*record)->bytes : std::string_view());
  if (!preface) return tl::unexpected(preface.error());
  preface_ = std::move(*preface);
  last_ = preface_.begun;
  consume();
  return {};
}

Result<bool> Reader::next(Step& step) {
  while (true) {
    const auto record = peek();
    if (!record) return tl::unexpected(record.error());
    if (!*record) return false;
    const auto [field, bytes] = **record;
    if (field == Recording::kEndedFieldNumber) {
      ended_ = decode_end(bytes);
      if (!ended_) return damage("the last record");
      return false;
    }
    if (field == Recording::kNameFieldNumber) {
      if (!decode_name(bytes, names_)) return damage("a name");
      consume();
      continue;
    }
    const auto decoded = decode_event(field, bytes, names_, spans_);
    if (!decoded || last_ + decoded->stamp.after > kEndOfTime) return damage("a record");
    consume();
    last_ += decoded->stamp.after;
    step.time = last_;
    step.event = decoded->event;
    step.checksum = decoded->stamp.checksum;
    return read_decisions(step);
  }
}

/// Only what comes after them tells that none is missing.
Result<bool> Reader::read_decisions(Step& step) {
  step.decisions.clear();
  while (true) {
    const auto record = peek();
    if (!record) return tl::unexpected(record.error());
    if (!*record) return false;
    if (!is_decision((*record)->field)) return true;
    const auto decision = decode_decision((*record)->field, (*record)->bytes, names_);
    if (!decision) return damage("a decision");
    step.decisions.push_back(*decision);
    consume();
  }
}

/// The record at the present position; nullopt: the recording ends within it, or before it.
Result<std::optional<Reader::Record>> Reader::peek() {
  while (true) {
    const std::string_view rest = std::string_view(buffer_).substr(position_);
    const auto head = head_of(rest);
    constexpr std::size_t kLongestHead = 10;
    if (!head && rest.size() >= kLongestHead) return damage("the length of a record");
    if (head) {
      if (head->size > kMaxRecordBytes ||
          WireFormatLite::GetTagWireType(head->tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        return damage("the beginning of a record");
      }
      peeked_bytes_ = head->head_bytes + head->size;
      if (rest.size() >= peeked_bytes_) {
        return Record{WireFormatLite::GetTagFieldNumber(head->tag),
                      rest.substr(head->head_bytes, head->size)};
      }
    }
    if (!fill()) return std::nullopt;
  }
}

/// Returns whether there was more.
bool Reader::fill() {
  dropped_ += position_;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kChunkBytes);
  const std::size_t added = source_(buffer_.data() + kept, kChunkBytes);
  buffer_.resize(kept + added);
  return added > 0;
}

tl::unexpected<Error> Reader::damage(std::string_view what) const {
  return failure(ErrorCode::Malformed,
                 fmt::format("{} is damaged at byte {}", what, dropped_ + position_));
}

}  // namespace steelyard::trace
