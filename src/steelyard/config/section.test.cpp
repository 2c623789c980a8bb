#include "steelyard/config/section.hpp"

namespace steelyard::config {
namespace {

using testing::HasSubstr;

struct Route {
  std::string path;
  std::string queue;
};

struct Settings {
  bool insecure = false;
  std::string strategy = "amortised";
  std::uint32_t threads = 1;
  std::int64_t limit = 5;
  double weight = 1;
  std::chrono::milliseconds drain{28'000};
  std::chrono::microseconds pause{7};
  std::vector<std::string> listen{"here"};
  std::vector<Route> routes;
};

std::optional<std::string> no_blank(std::string_view text) {
  if (text.find(' ') == std::string_view::npos) return std::nullopt;
  return "must have no blank";
}

/// What is said about a text; "" when all is right.
std::string read(std::string_view text, Settings& settings) {
  Document document = parse(text);
  if (document.mistakes.empty() || !std::holds_alternative<std::nullptr_t>(document.root.data)) {
    Section all(document.root, "", document.mistakes);
    all.section("broker", [&](Section& broker) {
      broker.flag("insecure", settings.insecure);
      broker.text("strategy", settings.strategy, no_blank);
      broker.texts("listen", settings.listen, no_blank);
      broker.number("limit", settings.limit, std::int64_t{-3}, std::int64_t{9});
      broker.number("weight", settings.weight, 0.5, 2.0);
    });
    all.section("gateway", [&](Section& gateway) {
      gateway.number("threads", settings.threads, 1U, 64U);
      gateway.seconds("drain_s", settings.drain, 0, 3'600);
      gateway.ticks("pause_us", settings.pause, 0, 100);
      gateway.list("routes", [&](Section& one) {
        Route& route = settings.routes.emplace_back();
        one.text("path", route.path);
        one.text("queue", route.queue);
        if (!one.has("queue")) one.mistake("'queue' is missing");
      });
    });
  }
  return describe("f.json", document.mistakes);
}

std::string mistakes_in(std::string_view text) {
  Settings settings;
  return read(text, settings);
}

TEST(ConfigSection, reads_what_is_there_and_leaves_the_rest) {
  Settings settings;
  EXPECT_EQ(read(R"({
    // A comment, with "quotes" and { braces.
    "broker": {"insecure": true, "listen": ["a", "b"], "limit": -3, "weight": 2},
    "gateway": {/* another: * ** / */ "threads": 4, "drain_s": 0.0001, "pause_us": 9,
                "routes": [{"path": "/a", "queue": "q"}, {"path": "/\u00e4", "queue": "r"}]}
  })",
                 settings),
            "");
  EXPECT_TRUE(settings.insecure);
  EXPECT_EQ(settings.strategy, "amortised");
  EXPECT_EQ(settings.listen, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings.limit, -3);
  EXPECT_EQ(settings.weight, 2);
  EXPECT_EQ(settings.threads, 4U);
  EXPECT_EQ(settings.drain, std::chrono::milliseconds(1));
  EXPECT_EQ(settings.pause, std::chrono::microseconds(9));
  ASSERT_EQ(settings.routes.size(), 2U);
  EXPECT_EQ(settings.routes[1].path, "/ä");
}

TEST(ConfigSection, reports_all_mistakes_at_once_with_their_places) {
  EXPECT_EQ(mistakes_in(R"({
  "broker": {"insecure": 1, "strategy": "a b", "listen": ["x", 2, "y z"], "limit": 10},
  "gatway": {},
  "gateway": {
    "threads": 0, "drain_s": "28", "pause_us": 1.5,
    "routes": [{"path": "/", "qeue": "q"}, 7],
    "drain": 3
  },
  "gateway": {}
})"),
            "f.json:2:26: broker.insecure: must be true or false\n"
            "f.json:2:41: broker.strategy: must have no blank\n"
            "f.json:2:64: broker.listen[1]: must be a text: \"…\"\n"
            "f.json:2:67: broker.listen[2]: must have no blank\n"
            "f.json:2:84: broker.limit: must be a whole number from -3 to 9\n"
            "f.json:3:3: gatway: there is no such setting, did you mean 'gateway'?\n"
            "f.json:5:16: gateway.threads: must be a whole number from 1 to 64\n"
            "f.json:5:30: gateway.drain_s: must be a number from 0 to 3600\n"
            "f.json:5:48: gateway.pause_us: must be a whole number from 0 to 100\n"
            "f.json:6:16: gateway.routes[0]: 'queue' is missing\n"
            "f.json:6:30: gateway.routes[0].qeue: there is no such setting, did you mean "
            "'queue'?\n"
            "f.json:6:44: gateway.routes[1]: must be an object: { … }\n"
            "f.json:7:5: gateway.drain: there is no such setting, did you mean 'drain_s'?\n"
            "f.json:9:3: gateway: stands here twice\n");
}

TEST(ConfigSection, says_where_a_text_is_not_json) {
  EXPECT_THAT(mistakes_in("{\n  \"a\": 1,\n  ]"), HasSubstr("f.json:3:3: is not JSON here: "));
  EXPECT_EQ(mistakes_in("{\"broker\": {\"listen\": [\"a\",]}}"),
            "f.json:1:28: is not JSON here: syntax error; a comma before it that nothing "
            "follows?\n");
  EXPECT_EQ(mistakes_in("{'broker': {}}"),
            "f.json:1:2: is not JSON here: syntax error; a text stands in double quotes: "
            "\"…\"\n");
  EXPECT_EQ(mistakes_in("{\"broker\": {}\n \"gateway\": {}}"),
            "f.json:2:2: is not JSON here: syntax error; a comma missing before it?\n");
  EXPECT_THAT(mistakes_in("{} x"), HasSubstr("f.json:1:4: is not JSON here: "));
  EXPECT_EQ(mistakes_in("{\"a\":\n"), "f.json:2:1: ends before it is complete\n");
  EXPECT_EQ(mistakes_in(""), "f.json:1:1: ends before it is complete\n");
  EXPECT_THAT(mistakes_in("{} /* never ends"), HasSubstr("f.json:1:4: is not JSON here: "));
  EXPECT_THAT(mistakes_in("{\"a\": \"\x01\"}"), HasSubstr("f.json:1:8: is not JSON here: "));
  EXPECT_EQ(mistakes_in("[]"), "f.json:1:1: must be an object: { … }\n");
}

TEST(ConfigSection, refuses_what_is_too_deep_or_too_large) {
  EXPECT_EQ(mistakes_in(std::string(40, '[')), "f.json:1:17: goes deeper than 16 levels\n");
  EXPECT_EQ(mistakes_in(std::string(kMaxTextBytes + 1, ' ')),
            "f.json:1:1: is larger than 1048576 bytes\n");
}

TEST(ConfigSection, counts_mistakes_beyond_a_hundred) {
  std::string text = "{";
  for (int i = 0; i < 150; ++i) text += "\"" + std::to_string(i) + "\": 1,\n";
  const std::string said = mistakes_in(text + "\"x\": 1}");
  EXPECT_THAT(said, HasSubstr("\nf.json: and 51 more mistakes\n"));
}

TEST(ConfigSection, lets_no_control_character_of_a_name_reach_a_terminal) {
  EXPECT_EQ(mistakes_in("{\"\\u001b[2J\": 1}"), "f.json:1:2: ?[2J: there is no such setting\n");
  EXPECT_THAT(mistakes_in("{\"\\u001b[2J\": 1, \"\\u001b[2J\": 2}"),
              HasSubstr("f.json:1:18: ?[2J: stands here twice\n"));
  Document document = parse("{\"\\u001b[2J\": 1}");
  {
    Section weights(document.root, "weights", document.mistakes);
    weights.each([&weights](const Member& user) { weights.mistake(user.name, "is no name"); });
  }
  EXPECT_EQ(describe("f", document.mistakes), "f:1:15: weights.?[2J: is no name\n");
}

}  // namespace
}  // namespace steelyard::config
