#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"
#include "steelyard/wire/test_schema.hpp"

/// docs/protocol.md is what others write clients and workers from: its tables and its examples in
/// bytes are what the code has.
namespace steelyard::wire {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

const std::string& page() {
  static const std::string text = contents(STEELYARD_PROTOCOL_PAGE);
  return text;
}

const Schema& schema() {
  static const Schema read(contents(STEELYARD_WIRE_FOLDER "/messages.proto"));
  return read;
}

using Kinds = std::map<std::string, int>;  // numbers by name

/// What a pattern with the groups name and number, or number and name, finds in lines.
Kinds kinds_in(const std::vector<std::string>& lines, const std::regex& pattern, int name) {
  Kinds kinds;
  std::smatch match;
  for (const std::string& line : lines) {
    if (std::regex_match(line, match, pattern)) kinds[match[name]] = std::stoi(match[3 - name]);
  }
  return kinds;
}

const Kinds& kinds() {
  static const Kinds read = [] {
    const std::string header = contents(STEELYARD_WIRE_FOLDER "/envelope.hpp");
    const std::size_t begin = header.find("enum class Kind");
    const std::string body = header.substr(begin, header.find("};", begin) - begin);
    return kinds_in(lines_of(body), std::regex(R"(\s+(\w+) = (\d+),)"), 1);
  }();
  return read;
}

/// The message encoded again by its generated class.
template <class... Messages>
std::string encoded_again(const Envelope& envelope) {
  std::string bytes;
  const auto try_one = [&]<class Message>(Message message) {
    if (kKindOf<Message> != envelope.kind) return;
    EXPECT_TRUE(read(envelope, message));
    bytes = encode(message, envelope.block);
  };
  (try_one(Messages()), ...);
  return bytes;
}

std::string encoded_again(const Envelope& envelope) {
  return encoded_again<Hello, Welcome, HelloRequired, Refused, Fault, Beat, Leave, Farewell, Submit,
                       Acknowledged, Rejected, Answers, Received, Assign, Done, HandBack, Stale,
                       Fetch, Fetched, Released, LoadState, StateLoaded, Query, Report, Ask, Told,
                       Drain, Pin, Pinned, LinkHello, LinkWelcome, Results, Stop, StopIgnored,
                       Progress, Partial, PartialCredit, Progressed, Cancel, Cancelled,
                       CancelMatching, Quarantine, Announce>(envelope);
}

struct Example {
  std::size_t line = 0;
  std::string kind;
  std::string bytes;
  std::string fields;  ///< on one line
};

/// A block "```hex KIND" with bytes, followed by a block "```fields".
std::vector<Example> examples() {
  std::vector<Example> found;
  const std::vector<std::string> lines = lines_of(page());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("```hex ")) continue;
    Example& example = found.emplace_back();
    example.line = i + 1;
    example.kind = lines[i].substr(7);
    for (++i; i < lines.size() && lines[i] != "```"; ++i) {
      std::istringstream words(lines[i]);
      for (std::string word; words >> word;) {
        example.bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
      }
    }
    const std::size_t next = i + 1;
    if (next >= lines.size() || lines[next] != "```fields") continue;
    for (i = next + 1; i < lines.size() && lines[i] != "```"; ++i) {
      std::istringstream words(lines[i]);
      for (std::string word; words >> word;) {
        example.fields += (example.fields.empty() ? "" : " ") + word;
      }
    }
  }
  return found;
}

/// The part of the page below the heading that has `name` in it.
std::string section_about(const std::string& name) {
  std::string section;
  bool is_inside = false;
  for (const std::string& line : lines_of(page())) {
    if (line.starts_with("#")) is_inside = line.find('`' + name + '`') != std::string::npos;
    if (is_inside) section += line + "\n";
  }
  return section;
}

TEST(ProtocolPage, its_table_of_messages_is_the_enumeration) {
  const std::regex row(R"(\| (\d+) \| `(\w+)` \|.*)");
  EXPECT_GT(kinds().size(), 20u);
  EXPECT_EQ(kinds_in(lines_of(page()), row, 2), kinds());
}

TEST(ProtocolPage, explains_every_field_of_every_message) {
  EXPECT_GT(schema().messages().size(), kinds().size());
  for (const auto& [message, fields] : schema().messages()) {
    const std::string section = section_about(message);
    EXPECT_FALSE(section.empty()) << "no heading names " << message;
    for (const auto& [number, field] : fields) {
      // "- `one`, `two`: …" or "- `one`: …. `two`: …"
      const std::regex explained("(- |, |\\. )`" + field.name + "`[:,.]");
      EXPECT_TRUE(std::regex_search(section, explained)) << message << "." << field.name;
    }
  }
}

TEST(ProtocolPage, its_examples_are_what_they_say) {
  for (const Example& example : examples()) {
    SCOPED_TRACE("docs/protocol.md:" + std::to_string(example.line) + " " + example.kind);
    const auto envelope = open(example.bytes);
    ASSERT_TRUE(envelope) << describe(envelope.error());
    ASSERT_TRUE(kinds().contains(example.kind));
    EXPECT_EQ(static_cast<int>(envelope->kind), kinds().at(example.kind));
    EXPECT_EQ(encoded_again(*envelope), example.bytes);

    Schema::Shown shown;
    ASSERT_NO_THROW(shown = schema().show(example.kind, envelope->header));
    if (!envelope->block.empty()) shown.text += " block: " + Schema::quoted(envelope->block);
    EXPECT_EQ(shown.text, example.fields);

    std::string_view block = envelope->block;
    for (const std::string& bytes : shown.lengths) {
      Lengths lengths;
      ASSERT_TRUE(lengths.ParseFromString(bytes));
      ASSERT_TRUE(Column::take(lengths, block));
    }
    const bool is_free = envelope->kind == Kind::Report || envelope->kind == Kind::Partial ||
                         envelope->kind == Kind::Announce;
    EXPECT_TRUE(block.empty() || is_free);
  }
}

TEST(ProtocolPage, has_an_example_of_each_message_that_needs_one) {
  std::set<std::string> missing = {
      "Hello",       "Welcome",        "Submit",     "Acknowledged", "Assign",        "Done",
      "Answers",     "Leave",          "Received",   "Results",      "Fetch",         "Fetched",
      "Ask",         "Told",           "LinkHello",  "Rejected",     "Beat",          "Fault",
      "LinkWelcome", "Report",         "LoadState",  "StateLoaded",  "Pin",           "Pinned",
      "Cancel",      "Cancelled",      "Stop",       "Partial",      "PartialCredit", "Progress",
      "Progressed",  "CancelMatching", "Quarantine", "Announce"};
  for (const Example& example : examples()) missing.erase(example.kind);
  EXPECT_THAT(missing, testing::IsEmpty());
}

}  // namespace
}  // namespace steelyard::wire
