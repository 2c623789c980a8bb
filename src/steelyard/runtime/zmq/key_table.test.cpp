#include "steelyard/runtime/zmq/key_table.hpp"

#include <gtest/gtest.h>

namespace steelyard::zmq_runtime {
namespace {

constexpr PrincipalId kAlice{1};
constexpr PrincipalId kBob{2};

TEST(KeyTable, gives_a_key_the_same_number_as_long_as_it_is_in_use) {
  KeyTable keys(10);
  const auto first = keys.take(kAlice, "invoice-7");
  EXPECT_TRUE(first.is_new);
  const auto second = keys.take(kAlice, "invoice-7");
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(keys.name(first.id), "invoice-7");
}

TEST(KeyTable, keeps_the_keys_of_principals_apart) {
  KeyTable keys(10);
  EXPECT_NE(keys.take(kAlice, "k").id, keys.take(kBob, "k").id);
}

TEST(KeyTable, uses_the_numbers_of_forgotten_keys_again) {
  KeyTable keys(2);
  const KeyId first = keys.take(kAlice, "a").id;
  keys.forget(first);
  EXPECT_EQ(keys.name(first), "");
  EXPECT_EQ(keys.take(kAlice, "b").id, first);
  EXPECT_TRUE(keys.take(kAlice, "a").is_new);
}

TEST(KeyTable, forgets_a_key_only_once) {
  KeyTable keys(3);
  const KeyId first = keys.take(kAlice, "a").id;
  keys.forget(first);
  keys.forget(first);
  keys.forget(KeyId::none());
  EXPECT_NE(keys.take(kAlice, "b").id, keys.take(kAlice, "c").id);
}

TEST(KeyTable, gives_no_number_when_it_is_full) {
  KeyTable keys(1);
  const KeyId first = keys.take(kAlice, "a").id;
  EXPECT_FALSE(keys.take(kAlice, "b").id.valid());
  EXPECT_EQ(keys.take(kAlice, "a").id, first);
  keys.forget(first);
  EXPECT_TRUE(keys.take(kAlice, "b").id.valid());
}

}  // namespace
}  // namespace steelyard::zmq_runtime
