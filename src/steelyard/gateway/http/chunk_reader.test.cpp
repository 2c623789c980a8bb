#include "steelyard/gateway/http/chunk_reader.hpp"

#include <gtest/gtest.h>

namespace steelyard::http {
namespace {

/// The body; or the status of the refusal. Each way of cutting the bytes in two reads the same.
std::string read(const std::string& bytes, std::uint64_t max_body_bytes = 100) {
  std::vector<std::string> readings;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ChunkReader reader(max_body_bytes);
    std::string body;
    auto taken = reader.read(bytes.substr(0, cut), body);
    if (taken && !reader.is_complete()) taken = reader.read(bytes.substr(*taken), body);
    readings.push_back(!taken                 ? std::to_string(taken.error().status)
                       : reader.is_complete() ? body
                                              : body + "...");
  }
  for (const std::string& reading : readings) EXPECT_EQ(reading, readings.front()) << bytes;
  return readings.front();
}

TEST(ChunkReader, reads_chunks_without_extensions_and_trailers) {
  EXPECT_EQ(read("3\r\nabc\r\n00A ; x=\"y\" \r\n0123456789\r\n0;z\r\nX: y\r\n\r\n"),
            "abc0123456789");
  EXPECT_EQ(read("0\r\n\r\n"), "");
  EXPECT_EQ(read("3\r\nab"), "ab...");
}

TEST(ChunkReader, leaves_what_comes_behind) {
  ChunkReader reader(10);
  std::string body;
  EXPECT_EQ(reader.read("1\r\na\r\n0\r\n\r\nGET /", body).value(), 11U);
  EXPECT_TRUE(reader.is_complete());
}

TEST(ChunkReader, refuses_wrong_chunks) {
  for (const char* bytes :
       {"x\r\n", "\r\n", "-1\r\n", " 1\r\n", "0x1\r\na\r\n", "1\na\r\n", "1\r\nab", "1\r\na\n",
        "1 a\r\n", "10000000000000000\r\n", "1;\"\r\"\r\n", "1;a=\"\n\"\r\n", "0\r\n b: c\r\n",
        "0\r\nb\r\n", "0\r\nb : c\r\n", "0\r\n: c\r\n", "0\r\nb: \x01\r\n"}) {
    EXPECT_EQ(read(bytes), "400") << bytes;
  }
}

TEST(ChunkReader, ends_an_extension_with_its_line) {
  EXPECT_EQ(read("1;a=\"\r\nb\r\n0\r\n\r\n"), "b");
}

TEST(ChunkReader, bounds_body_lines_and_trailers) {
  EXPECT_EQ(read("3\r\nabc\r\n3\r\n", 5), "413");
  EXPECT_EQ(read("ffffffffffffffff\r\n"), "413");
  EXPECT_EQ(read("1;" + std::string(ChunkReader::kMaxLineBytes, 'x')), "400");
  std::string trailers = "0\r\n";
  while (trailers.size() < 17'000) trailers += "a: " + std::string(2000, 'b') + "\r\n";
  std::string body;
  EXPECT_EQ(ChunkReader(1).read(trailers, body).error().status, 400U);
}

}  // namespace
}  // namespace steelyard::http
