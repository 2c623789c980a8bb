#include "ocr/round.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "common/progress_line.hpp"
#include "ocr/answer.hpp"
#include "ocr/worker.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace ocr {
namespace {

using steelyard::Client;
using steelyard::Completion;
using steelyard::CompletionQueue;
using steelyard::Result;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookUp{100};
constexpr std::chrono::seconds kBrokerPatience{10};
constexpr std::chrono::seconds kWorkerPatience{60};

void count(Round& round, const Page& page, const Result<std::string>& result) {
  ++round.received;
  const auto answer = result.and_then([](const std::string& text) { return parse_answer(text); });
  if (!answer) {
    round.sample_error = describe(answer.error());
    return;
  }
  ++round.read;
  round.errors += compare(page.text, answer->text);
  if (answer->loaded) ++round.switches;
  round.load_s += answer->load_s;
}

/// Counts what comes until all is there. Errors: Stopped when `give_up` had a reason.
Result<void> collect(Round& round, const std::vector<Page>& pages, CompletionQueue& answers,
                     const example::GiveUpReason& give_up) {
  example::ProgressLine progress;
  while (round.received < round.jobs) {
    for (const Completion& completion : answers.take(kLookUp)) {
      count(round, pages.at(completion.tag), completion.result);
    }
    progress.show(fmt::format("[{}] {} of {} pages, {} switches so far",
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
Result<void> hand_in(Client& client, const std::vector<Page>& pages, CompletionQueue& answers) {
  for (std::size_t i = 0; i < pages.size(); ++i) {
    auto content = read_file(pages[i]);
    if (!content) return tl::unexpected(content.error());
    client.submit_batch(kQueue, {std::move(*content)}, {.state = pages[i].language}, answers, i);
  }
  return {};
}

/// Waits until all jobs are queued, and then until a worker has come.
Result<void> gather(Client& client, std::size_t jobs,
                    const std::function<Result<void>()>& let_workers_join,
                    const example::GiveUpReason& give_up) {
  const auto queued = example::wait_for_queued(client, kQueue, jobs, kBrokerPatience, give_up);
  if (!queued) return tl::unexpected(queued.error());
  if (auto ready = let_workers_join(); !ready) return ready;
  const auto joined = example::wait_for_workers(client, 1, kWorkerPatience, give_up);
  if (!joined) return tl::unexpected(joined.error());
  return {};
}

}  // namespace

Result<Round> play_round(const std::string& broker, const std::vector<Page>& pages,
                         const std::function<Result<void>()>& let_workers_join,
                         const example::GiveUpReason& give_up) {
  CompletionQueue answers;  // outlives the client, which fills it
  Client client({.endpoint = broker});
  auto ready = client.connect(kBrokerPatience);
  if (!ready) return tl::unexpected(ready.error());
  const auto switches_before = example::count_switches(client);
  if (!switches_before) return tl::unexpected(switches_before.error());
  ready = hand_in(client, pages, answers);
  if (ready) ready = gather(client, pages.size(), let_workers_join, give_up);
  if (!ready) return tl::unexpected(ready.error());

  const auto start = Clock::now();
  Round round{.jobs = pages.size()};
  const auto collected = collect(round, pages, answers, give_up);
  if (!collected) return tl::unexpected(collected.error());
  round.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  const auto switches = example::count_switches(client);
  if (!switches) return tl::unexpected(switches.error());
  round.expected_switches = *switches - *switches_before;
  return round;
}

}  // namespace ocr
