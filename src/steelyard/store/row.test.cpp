#include "steelyard/store/row.hpp"

#include <gtest/gtest.h>

namespace steelyard::store {
namespace {

std::string sample() {
  Row row;
  row.records.push_back({Place(7, 0), Place(7, 0), {1, 2}, RecordKind::Submitted, "payload"});
  row.records.push_back({Place(7, 3), Place(5, 1), {1, 3}, RecordKind::Answered, ""});
  row.records.push_back({Place(7, 4), Place(), {1, 3}, RecordKind::Changed, "read"});
  row.ended = {Place(5, 1), Place(6, 9)};
  row.rewritten_at = 8;
  return encode_row(7, row);
}

TEST(Row, says_what_was_written) {
  const std::string bytes = sample();
  const auto row = decode_row(7, bytes);
  ASSERT_TRUE(row) << row.error().context;
  ASSERT_EQ(row->records.size(), 3U);
  EXPECT_EQ(row->records[0].bytes, "payload");
  EXPECT_EQ(row->records[1].origin, Place(5, 1));
  EXPECT_EQ(row->records[2].place, Place(7, 4));
  EXPECT_EQ(row->ended, (std::vector<Place>{Place(5, 1), Place(6, 9)}));
  EXPECT_EQ(row->rewritten_at, 8U);
  EXPECT_EQ(bytes.size(), kRowHeadBytes + 3 * kRecordHeadBytes + 11 + 2 * kEndedBytes);
}

TEST(Row, is_refused_with_any_bit_changed) {
  std::string bytes = sample();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_row(7, bytes)) << "bit " << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(Row, is_refused_when_it_is_cut_short_or_longer) {
  const std::string bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_row(7, std::string_view(bytes).substr(0, size)));
  }
  EXPECT_FALSE(decode_row(7, bytes + '\0'));
}

TEST(Row, is_refused_in_the_place_of_another) {
  EXPECT_FALSE(decode_row(8, sample()));
}

}  // namespace
}  // namespace steelyard::store
