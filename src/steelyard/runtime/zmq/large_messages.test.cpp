#include "steelyard/runtime/zmq/large_messages.hpp"

#include <gtest/gtest.h>

/// Messages that travel in parts.
namespace steelyard::zmq_runtime {
namespace {

constexpr std::uint64_t kLimit = 64 << 20;

/// A message of about so many bytes.
std::string message(std::size_t bytes, char filling = 'x') {
  return wire::encode(wire::Submit(), std::string(bytes, filling));
}

/// Passes on all that can be; the messages that were put together.
std::vector<std::string> pass(LargeSender& sender, LargeReceiver& receiver, bool answers = true) {
  std::vector<std::string> whole;
  while (const auto sent = sender.next()) {
    const auto envelope = wire::open(*sent);
    if (envelope->kind != wire::Kind::Part) {
      whole.push_back(*sent);
      continue;
    }
    EXPECT_LE(sent->size(), kPartBytes + 64);
    auto added = receiver.add(*envelope, kLimit);
    EXPECT_TRUE(added);
    if (!added->whole.empty()) whole.push_back(std::move(added->whole));
    if (!added->answer || !answers) continue;
    wire::PartsTaken taken;
    EXPECT_TRUE(wire::read(*wire::open(*added->answer), taken));
    sender.taken(taken);
  }
  return whole;
}

TEST(LargeMessages, arrive_whole_and_in_order) {
  LargeSender sender;
  LargeReceiver receiver;
  const std::vector<std::string> sent{message(10), message(10 << 20, 'a'), message(20),
                                      message(kPartBytes + 1, 'b'), message(kPartBytes - 100)};
  for (const std::string& one : sent) sender.add(one);
  EXPECT_EQ(pass(sender, receiver), sent);
  EXPECT_TRUE(sender.idle());
  EXPECT_EQ(sender.waiting_bytes(), 0u);
  EXPECT_EQ(receiver.kept_bytes(), 0u);
}

TEST(LargeMessages, wait_for_the_other_side) {
  LargeSender sender;
  LargeReceiver receiver;
  sender.add(message(10 << 20));
  sender.add(message(10));
  EXPECT_TRUE(pass(sender, receiver, false).empty());
  EXPECT_FALSE(sender.next());
  EXPECT_GT(receiver.kept_bytes(), std::uint64_t{1} << 20);
  wire::PartsTaken taken;
  taken.set_bytes(2 << 20);
  sender.taken(taken);
  EXPECT_TRUE(sender.next());
}

TEST(LargeMessages, of_which_there_are_many_wait_together) {
  LargeSender sender;
  LargeReceiver receiver;
  for (int i = 0; i < 100; ++i) sender.add(message(1'000'000));
  EXPECT_EQ(pass(sender, receiver, false).size(), 4u);
  EXPECT_EQ(sender.waiting_bytes() / 1'000'000, 96u);
}

TEST(LargeMessages, are_not_hurried_by_answers_that_make_no_sense) {
  LargeSender sender;
  LargeReceiver receiver;
  sender.add(message(60 << 20));
  EXPECT_TRUE(pass(sender, receiver, false).empty());
  wire::PartsTaken taken;
  taken.set_bytes(UINT64_MAX);
  sender.taken(taken);  // of what was sent, and not of what will be
  EXPECT_TRUE(pass(sender, receiver, false).empty());
  taken.set_bytes(1);
  sender.taken(taken);
  EXPECT_FALSE(sender.next());
}

TEST(LargeMessages, that_do_not_fit_together_are_dropped) {
  LargeReceiver receiver;
  const auto add = [&](std::uint64_t stream, std::uint64_t offset, std::uint64_t total,
                       std::size_t bytes) {
    wire::Part part;
    part.set_stream(stream);
    part.set_offset(offset);
    part.set_total(total);
    const std::string sent = wire::encode(part, std::string(bytes, 'x'));
    const auto added = receiver.add(*wire::open(sent), kLimit);
    return added ? std::string("ok") : std::string(to_string(added.error().code));
  };
  EXPECT_EQ(add(1, 5, 10, 5), "malformed");  // nothing came before it
  EXPECT_EQ(add(1, 0, kLimit + 1, 5), "payload_too_large");
  EXPECT_EQ(add(1, 0, 10, 11), "malformed");  // more than there is
  EXPECT_EQ(add(1, 0, 10, 0), "malformed");   // nothing, for ever
  EXPECT_EQ(add(1, 0, 10, 5), "ok");
  EXPECT_EQ(add(2, 5, 10, 5), "malformed");  // of another message
  EXPECT_EQ(add(1, 5, 10, 5), "malformed");
  EXPECT_EQ(add(1, 0, 10, 8), "ok");
  EXPECT_EQ(add(1, 8, 4, 5), "malformed");  // it has become smaller
  EXPECT_EQ(receiver.kept_bytes(), 0u);
}

}  // namespace
}  // namespace steelyard::zmq_runtime
