#include "fleet/real/dns_message.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace fleet {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxNameBytes = 253;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kIsReply = 0x8000;
constexpr std::uint16_t kWantsRecursion = 0x0100;
constexpr std::uint16_t kIsAuthoritative = 0x0400;
constexpr std::uint16_t kStatusMask = 0x000f;
constexpr std::uint8_t kPointerMask = 0xc0;
constexpr std::uint16_t kPointerToQuestion = 0xc000 | kHeaderBytes;

void append_16(std::string& bytes, std::uint16_t number) {
  bytes.push_back(static_cast<char>(number >> 8));
  bytes.push_back(static_cast<char>(number & 255));
}

void append_32(std::string& bytes, std::uint32_t number) {
  append_16(bytes, static_cast<std::uint16_t>(number >> 16));
  append_16(bytes, static_cast<std::uint16_t>(number & 0xffff));
}

/// Reads numbers and names one after another. Past the end everything is zero and `ok` false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) ok_ = false;
    const std::string_view taken = ok_ ? bytes_.substr(0, count) : std::string_view();
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::uint8_t byte() {
    const std::string_view taken = take(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
  }

  std::uint16_t number() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }

  /// A name; what a pointer to an earlier one stands for is not looked up.
  std::string name() {
    std::string name;
    while (ok_) {
      const std::uint8_t length = byte();
      if (length == 0) break;
      if ((length & kPointerMask) != 0) {
        ok_ = ok_ && (length & kPointerMask) == kPointerMask && !take(1).empty();
        break;
      }
      if (!name.empty()) name += '.';
      name += take(length);
    }
    return name;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

/// Which question it is, how many there are, and how many answers; the other counts are skipped.
struct Header {
  std::uint16_t id, flags, questions, answers;
};

Header read_header(Reader& reader) {
  Header header{};
  header.id = reader.number();
  header.flags = reader.number();
  header.questions = reader.number();
  header.answers = reader.number();
  reader.take(4);
  return header;
}

void append_header(std::string& bytes, const Header& header) {
  for (const auto number : {header.id, header.flags, header.questions, header.answers}) {
    append_16(bytes, number);
  }
  append_32(bytes, 0);
}

void append_question(std::string& bytes, std::string_view name) {
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes.push_back(static_cast<char>(label.size()));
    bytes += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes.push_back('\0');
  append_16(bytes, kTypeA);
  append_16(bytes, kClassIn);
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.ends_with('.')) return false;
  while (!name.empty()) {
    const std::size_t label = name.substr(0, name.find('.')).size();
    if (label == 0 || label > kMaxLabelBytes) return false;
    name.remove_prefix(std::min(name.size(), label + 1));
  }
  return true;
}

/// DNS names are the same in capitals.
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

/// The first of `count` records that is an address.
Result<std::string> find_address(Reader& reader, std::uint16_t count) {
  for (; count > 0; --count) {
    static_cast<void>(reader.name());
    const std::uint16_t type = reader.number();
    const std::uint16_t record_class = reader.number();
    reader.take(4);  // how long it may be kept
    Reader data(reader.take(reader.number()));
    if (!reader.ok()) return failure(ErrorCode::Malformed, "the DNS reply is cut off");
    if (type != kTypeA || record_class != kClassIn) continue;
    const auto a = data.byte(), b = data.byte(), c = data.byte(), d = data.byte();
    if (!data.ok()) return failure(ErrorCode::Malformed, "the DNS reply has a short address");
    return fmt::format("{}.{}.{}.{}", a, b, c, d);
  }
  return failure(ErrorCode::WorkFailed, "the DNS reply has no IPv4 address");
}

}  // namespace

Result<std::string> encode_question(const DnsQuestion& question) {
  if (!is_name(question.name)) {
    return failure(ErrorCode::InvalidArgument, fmt::format("'{}' is no DNS name", question.name));
  }
  std::string bytes;
  append_header(bytes, {question.id, kWantsRecursion, 1, 0});
  append_question(bytes, question.name);
  return bytes;
}

Result<DnsQuestion> parse_question(std::string_view bytes) {
  Reader reader(bytes);
  const Header header = read_header(reader);
  DnsQuestion question{header.id, reader.name()};
  const bool for_address = reader.number() == kTypeA && reader.number() == kClassIn;
  if (!reader.ok() || (header.flags & kIsReply) != 0 || header.questions != 1 || !for_address ||
      !is_name(question.name)) {
    return failure(ErrorCode::Malformed, "not one DNS question for an IPv4 address");
  }
  return question;
}

std::string encode_reply(const DnsQuestion& question, DnsStatus status,
                         std::optional<std::uint32_t> address) {
  const auto flags = static_cast<std::uint16_t>(kIsReply | kIsAuthoritative | kWantsRecursion |
                                                static_cast<std::uint16_t>(status));
  std::string bytes;
  append_header(bytes, {question.id, flags, 1, static_cast<std::uint16_t>(address ? 1 : 0)});
  append_question(bytes, question.name);
  if (!address) return bytes;
  append_16(bytes, kPointerToQuestion);
  append_16(bytes, kTypeA);
  append_16(bytes, kClassIn);
  append_32(bytes, 60);  // seconds that it may be kept
  append_16(bytes, 4);   // bytes of an address
  append_32(bytes, *address);
  return bytes;
}

Result<std::string> parse_reply(std::string_view bytes, const DnsQuestion& question) {
  Reader reader(bytes);
  const Header header = read_header(reader);
  const std::string name = reader.name();
  reader.take(4);  // the question's type and class
  if (!reader.ok()) return failure(ErrorCode::Malformed, "the DNS reply is cut off");
  if ((header.flags & kIsReply) == 0 || header.id != question.id || header.questions != 1 ||
      lower(name) != lower(question.name)) {
    return failure(ErrorCode::Malformed, "the DNS reply is to another question");
  }
  if (const int status = header.flags & kStatusMask; status != 0) {
    return failure(ErrorCode::WorkFailed,
                   fmt::format("the name server answered for {} with status {}{}", name, status,
                               status == 3 ? " (no such name)" : ""));
  }
  return find_address(reader, header.answers);
}

}  // namespace fleet
