#include "steelyard/runtime/zmq/completions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using Kind = Completion::Kind;

class RecordingSource final : public CompletionSource {
 public:
  void work_until(const std::function<bool()>&, std::chrono::steady_clock::time_point) override {}
  void interrupt() noexcept override {}
  void forget(CompletionQueue&) override {}
  void taken(std::span<const Completion> completions) override {
    for (const Completion& completion : completions) {
      if (completion.origin.source == this) bytes.push_back(completion.result->size());
    }
  }
  std::vector<std::size_t> bytes;
};

Completion part(RecordingSource& source, std::uint64_t tag, const std::string& bytes) {
  return {.tag = tag, .result = bytes, .kind = Kind::Partial, .origin = {&source, tag, 1}};
}

TEST(CompletionQueue, tells_where_a_partial_result_came_from_when_it_is_taken) {
  RecordingSource source;
  CompletionQueue queue;
  queue.attach(source);
  queue.push({part(source, 1, "abc"), {.tag = 2, .result = "answer"}});
  EXPECT_TRUE(source.bytes.empty());
  const auto taken = queue.take(milliseconds(0));
  EXPECT_EQ(taken.size(), 2u);
  EXPECT_THAT(source.bytes, ElementsAre(3));
  queue.detach(source);
}

TEST(CompletionQueue, does_not_keep_partial_results_that_are_void) {
  RecordingSource source;
  CompletionQueue queue;
  queue.attach(source);
  queue.push({part(source, 1, "void"), part(source, 2, "other")});
  queue.push({{.tag = 1, .result = "", .kind = Kind::Restarted}, part(source, 1, "new")});
  std::vector<std::string> texts;
  for (const Completion& taken : queue.take(milliseconds(0))) texts.push_back(*taken.result);
  EXPECT_THAT(texts, ElementsAre("other", "", "new"));
  queue.detach(source);
}

TEST(CompletionQueue, tells_nothing_to_a_client_that_has_gone) {
  RecordingSource source;
  CompletionQueue queue;
  queue.attach(source);
  queue.push({part(source, 1, "late")});
  queue.detach(source);
  EXPECT_EQ(queue.take(milliseconds(0)).size(), 1u);
  EXPECT_TRUE(source.bytes.empty());
}

}  // namespace
}  // namespace steelyard
