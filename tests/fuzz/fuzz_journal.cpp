// Any bytes as a row of a journal and as what its records say: they are understood or refused, and
// what is understood and written again is understood the same way.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <zlib.h>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/journal/records.hpp"
#include "steelyard/store/row.hpp"

namespace {

using namespace steelyard;

constexpr std::uint64_t kRow = 5;

void check_records(std::string_view bytes) {
  if (const auto job = journal::decode_job(bytes)) {
    STEELYARD_ASSERT(journal::decode_job(journal::encode(*job)) == *job);
  }
  if (const auto change = journal::decode_change(bytes)) {
    STEELYARD_ASSERT(journal::decode_change(journal::encode(*change)) == *change);
  }
  if (auto answer = journal::decode_answer(bytes)) {
    answer->job.payload.clear();
    STEELYARD_ASSERT(journal::decode_answer(journal::encode(*answer)) == *answer);
  }
}

void check_row(std::string bytes) {
  const auto row = store::decode_row(kRow, bytes);
  if (!row) return;
  STEELYARD_ASSERT(store::encode_row(kRow, *row) == bytes);
  for (const store::RowRecord& record : row->records) check_records(record.bytes);
}

/// A fuzzer does not find checksums.
std::string with_checksum(std::string_view bytes) {
  unsigned char number[8] = {kRow};
  const auto start = crc32_z(0, number, sizeof number);
  const auto sum = static_cast<std::uint32_t>(
      crc32_z(start, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  std::string row(sizeof sum, '\0');
  std::memcpy(row.data(), &sum, sizeof sum);
  return row.append(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_records(bytes);
  check_row(std::string(bytes));
  check_row(with_checksum(bytes));
  return 0;
}
