#include "steelyard/store/row.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <zlib.h>

#include "steelyard/base/assert.hpp"

namespace steelyard::store {
namespace {

constexpr std::size_t kChecksumBytes = 4;
static_assert(std::endian::native == std::endian::little, "numbers are written as they stand");

template <class Number>
void put(std::string& to, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  to.append(bytes, sizeof number);
}

/// Takes numbers and bytes from the front of what it was given.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  Number number() {
    Number number{};
    if (rest_.size() < sizeof number) {
      failed_ = true;
      return number;
    }
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }

  std::string_view bytes(std::size_t size) {
    if (rest_.size() < size) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  [[nodiscard]] std::size_t rest() const { return rest_.size(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// A row that stands in the place of another is wrong too, so its number is part of the sum.
std::uint32_t sum(std::uint64_t id, std::string_view bytes) {
  char number[sizeof id];
  std::memcpy(number, &id, sizeof id);
  const auto start = ::crc32_z(0, reinterpret_cast<const unsigned char*>(number), sizeof number);
  return static_cast<std::uint32_t>(
      ::crc32_z(start, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

tl::unexpected<Error> malformed(std::uint64_t id, std::string_view why) {
  return failure(ErrorCode::Malformed, fmt::format("row {} {}", id, why));
}

RowRecord read_record(Reader& reader, std::uint64_t id) {
  RowRecord record;
  const auto number = reader.number<std::uint32_t>();
  // A number that is too large is taken for one of another row, which is refused.
  record.place = number <= Place::kMaxNumber ? Place(id, number) : Place();
  record.origin = Place::from_bits(reader.number<std::uint64_t>());
  record.job.session = reader.number<std::uint64_t>();
  record.job.sequence = reader.number<std::uint64_t>();
  record.kind = static_cast<RecordKind>(reader.number<std::uint8_t>());
  record.bytes = reader.bytes(reader.number<std::uint32_t>());
  return record;
}

bool is_sound(const RowRecord& record) {
  if (!record.place.exists()) return false;
  if (record.kind == RecordKind::Changed) return !record.origin.exists();
  const bool begins = record.kind == RecordKind::Submitted || record.kind == RecordKind::Answered;
  return begins && record.origin.exists() && record.origin <= record.place;
}

}  // namespace

std::string encode_row(std::uint64_t id, const Row& row) {
  std::size_t size = kRowHeadBytes + row.ended.size() * kEndedBytes;
  for (const RowRecord& record : row.records) size += kRecordHeadBytes + record.bytes.size();
  std::string bytes(kChecksumBytes, '\0');
  bytes.reserve(size);
  put(bytes, row.rewritten_at);
  put(bytes, static_cast<std::uint32_t>(row.records.size()));
  put(bytes, static_cast<std::uint32_t>(row.ended.size()));
  for (const RowRecord& record : row.records) {
    STEELYARD_ASSERT(record.place.row() == id && record.bytes.size() <= kMaxRecordBytes);
    put(bytes, record.place.number());
    put(bytes, record.origin.bits());
    put(bytes, record.job.session);
    put(bytes, record.job.sequence);
    put(bytes, static_cast<std::uint8_t>(record.kind));
    put(bytes, static_cast<std::uint32_t>(record.bytes.size()));
    bytes.append(record.bytes);
  }
  for (const Place place : row.ended) put(bytes, place.bits());
  const std::uint32_t checksum = sum(id, std::string_view(bytes).substr(kChecksumBytes));
  std::memcpy(bytes.data(), &checksum, sizeof checksum);
  return bytes;
}

std::uint32_t checksum_of(std::string_view bytes) {
  return Reader(bytes).number<std::uint32_t>();
}

Result<Row> decode_row(std::uint64_t id, std::string_view bytes) {
  Reader reader(bytes);
  const auto checksum = reader.number<std::uint32_t>();
  if (reader.failed() || sum(id, bytes.substr(kChecksumBytes)) != checksum) {
    return malformed(id, "has a wrong checksum");
  }
  Row row;
  row.rewritten_at = reader.number<std::uint64_t>();
  const auto records = reader.number<std::uint32_t>();
  const auto ended = reader.number<std::uint32_t>();
  if (reader.failed()) return malformed(id, "is too short");
  // Counts that cannot be true must not reserve memory.
  if (records > reader.rest() / kRecordHeadBytes) return malformed(id, "has a wrong count");
  row.records.reserve(records);
  for (std::uint32_t i = 0; i < records; ++i) {
    row.records.push_back(read_record(reader, id));
    if (reader.failed() || !is_sound(row.records.back())) return malformed(id, "is no row");
  }
  if (reader.rest() != ended * kEndedBytes) return malformed(id, "has a wrong length");
  row.ended.reserve(ended);
  for (std::uint32_t i = 0; i < ended; ++i) {
    row.ended.push_back(Place::from_bits(reader.number<std::uint64_t>()));
    if (row.ended.back().row() >= id) return malformed(id, "ends a later row");
  }
  return row;
}

}  // namespace steelyard::store
