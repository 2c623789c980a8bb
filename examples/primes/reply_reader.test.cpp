#include "primes/reply_reader.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace primes {
namespace {

using testing::ElementsAre;

/// Everything that is there: "200 body", and "wrong: …" for what is malformed.
std::vector<std::string> all_in(ReplyReader& reader) {
  std::vector<std::string> texts;
  while (true) {
    const auto reply = reader.next();
    if (!reply) {
      texts.push_back("wrong: " + reply.error().context);
      return texts;
    }
    if (!*reply) return texts;
    texts.push_back(std::to_string((*reply)->status) + " " + std::string((*reply)->body));
  }
}

TEST(ReplyReader, finds_responses_however_they_are_cut) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nServer: s\r\ncontent-LENGTH:  3\r\n\r\n7\r\n"
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nX: y\r\n\r\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ReplyReader reader;
    reader.append(std::string_view(bytes).substr(0, cut));
    std::vector<std::string> found = all_in(reader);
    reader.append(std::string_view(bytes).substr(cut));
    for (const std::string& text : all_in(reader)) found.push_back(text);
    EXPECT_THAT(found, ElementsAre("200 7\r\n", "400 ")) << cut;
  }
}

TEST(ReplyReader, refuses_what_it_cannot_read) {
  for (const char* bytes :
       {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"}) {
    ReplyReader reader;
    reader.append(bytes);
    EXPECT_FALSE(reader.next().has_value()) << bytes;
  }
  ReplyReader reader;
  reader.append(std::string(ReplyReader::kMaxBytes + 1, 'x'));
  EXPECT_FALSE(reader.next().has_value());
}

}  // namespace
}  // namespace primes
