#include "models/round.hpp"

#include <chrono>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/progress_line.hpp"
#include "models/answer.hpp"
#include "models/corpus.hpp"
#include "models/model_files.hpp"
#include "models/worker.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace models {
namespace {

using steelyard::Client;
using steelyard::Completion;
using steelyard::CompletionQueue;
using steelyard::Result;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kWords = 12;
constexpr std::chrono::milliseconds kLookUp{100};
constexpr std::chrono::seconds kBrokerPatience{10};
constexpr std::chrono::seconds kWorkerPatience{60};

/// What is asked, and what must come back.
struct Question {
  std::string model;
  std::string word;
  Prediction expected;
};

/// The jobs want the models in turn and ask for the common words, one after another.
Result<std::vector<Question>> make_questions(const RoundOptions& options) {
  std::vector<Question> questions(options.jobs);
  for (std::size_t model = 0; model < options.models; ++model) {
    const std::string name = model_name(model);
    const auto text = read_text(options.folder / name);
    if (!text) return tl::unexpected(text.error());
    std::map<std::string, Prediction> known;
    for (std::size_t i = model; i < questions.size(); i += options.models) {
      const std::string word = word_number(i % kWords);
      if (!known.contains(word)) known[word] = predict_by_scan(*text, word);
      questions[i] = {name, word, known[word]};
    }
  }
  return questions;
}

void count(Round& round, const Question& question, const Result<std::string>& result) {
  ++round.received;
  const auto answer = result.and_then([](const std::string& text) { return parse_answer(text); });
  if (!answer) {
    round.sample_error = describe(answer.error());
    return;
  }
  if (answer->prediction == question.expected) ++round.right;
  if (answer->loaded) ++round.switches;
  round.load_s += answer->load_s;
}

/// Counts what comes until all is there. Errors: Stopped when `give_up` had a reason.
Result<void> collect(Round& round, const std::vector<Question>& questions, CompletionQueue& answers,
                     const example::GiveUpReason& give_up) {
  example::ProgressLine progress;
  while (round.received < round.jobs) {
    for (const Completion& completion : answers.take(kLookUp)) {
      count(round, questions.at(completion.tag), completion.result);
    }
    progress.show(fmt::format("[{}] {} of {} answered, {} switches so far",
                              example::bar(round.received, round.jobs, 30), round.received,
                              round.jobs, round.switches));
    std::string reason = give_up();
    if (!reason.empty() && round.received < round.jobs) {
      return steelyard::failure(steelyard::ErrorCode::Stopped, std::move(reason));
    }
  }
  return {};
}

/// One submit for each: jobs of a batch share their state.
void hand_in(Client& client, const std::vector<Question>& questions, CompletionQueue& answers) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    client.submit_batch(kQueue, {questions[i].word}, {.state = questions[i].model}, answers, i);
  }
}

}  // namespace

Result<Round> play_round(const RoundOptions& options,
                         const std::function<Result<void>()>& let_workers_join,
                         const example::GiveUpReason& give_up) {
  const auto questions = make_questions(options);
  if (!questions) return tl::unexpected(questions.error());
  CompletionQueue answers;  // outlives the client, which fills it
  Client client({.endpoint = options.broker});
  auto ready = client.connect(kBrokerPatience);
  if (!ready) return tl::unexpected(ready.error());
  hand_in(client, *questions, answers);
  const auto queued =
      example::wait_for_queued(client, kQueue, questions->size(), kBrokerPatience, give_up);
  if (!queued) return tl::unexpected(queued.error());
  if (ready = let_workers_join(); !ready) return tl::unexpected(ready.error());
  const auto joined = example::wait_for_workers(client, 1, kWorkerPatience, give_up);
  if (!joined) return tl::unexpected(joined.error());

  const auto start = Clock::now();
  Round round{.jobs = questions->size()};
  const auto collected = collect(round, *questions, answers, give_up);
  if (!collected) return tl::unexpected(collected.error());
  round.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  return round;
}

}  // namespace models
