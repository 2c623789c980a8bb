#include "hello/greeting.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace hello {
namespace {

std::string reason(std::string_view request) {
  try {
    return "none: " + greet(request);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(Greeting, answers_a_request_with_both_names) {
  EXPECT_EQ(to_request("Ada", "Lovelace"), R"({"firstName":"Ada","lastName":"Lovelace"})");
  EXPECT_EQ(greet(R"({"lastName": "Lovelace", "firstName": "Ada"})"),
            R"({"greeting":"Hello Ada Lovelace"})");
}

TEST(Greeting, takes_names_as_people_write_them) {
  EXPECT_EQ(greet(to_request("Søren \"Aabye\"", "Kierkegaard\n")),
            R"({"greeting":"Hello Søren \"Aabye\" Kierkegaard\n"})");
  EXPECT_EQ(greet(R"({"firstName":"","lastName":"","age":36})"), R"({"greeting":"Hello  "})");
}

TEST(Greeting, names_the_field_that_is_missing_or_no_string) {
  EXPECT_EQ(reason(R"({})"), "'firstName' is missing");
  EXPECT_EQ(reason(R"({"firstName":"Ada"})"), "'lastName' is missing");
  EXPECT_EQ(reason(R"({"firstName":1})"), "'firstName' must be a string");
  EXPECT_EQ(reason(R"({"firstName":[],"lastName":"Lovelace"})"), "'firstName' must be a string");
  EXPECT_EQ(reason(R"({"firstName":"Ada","lastName":null})"), "'lastName' must be a string");
}

TEST(Greeting, says_that_a_request_is_no_json_object) {
  for (const char* text : {"", "Ada", "{", R"({"firstName":"Ada"} and more)", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(reason(text).rfind("not JSON: ", 0), 0) << text << ": " << reason(text);
  }
  EXPECT_EQ(reason(R"(["Ada"])"), "not a JSON object with names");
}

}  // namespace
}  // namespace hello
