#include <atomic>
#include <barrier>
#include <filesystem>
#include <future>
#include <vector>

#include "steelyard/runtime/zmq/test_parts.hpp"

namespace steelyard::zmq_runtime {
namespace {

std::string upper(const Work& work, WorkerState&) {
  std::string text(work.payload);
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return text;
}

/// The same program over every transport.
class EveryTransport : public testing::TestWithParam<std::string> {
 protected:
  EveryTransport() {
    listen_ = GetParam();
    if (listen_.starts_with("ipc://")) listen_ += "-" + std::to_string(getpid());
  }
  BrokerOptions broker_options() {
    BrokerOptions options;
    options.listen = {listen_};
    options.context = context_;
    return options;
  }

  std::shared_ptr<Context> context_ = std::make_shared<Context>();
  std::string listen_;
};

INSTANTIATE_TEST_SUITE_P(Transports, EveryTransport,
                         testing::Values("inproc://steelyard", "ipc:///tmp/steelyard-test",
                                         "tcp://127.0.0.1:0"),
                         [](const auto& each) {
                           return each.param.substr(0, each.param.find(':'));
                         });

TEST_P(EveryTransport, named_task_answers_its_requester) {
  RunningBroker broker(broker_options());
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "upper", upper);
  Client client({.endpoint = broker.endpoint(), .context = context_});
  auto result = client.submit("upper", "abc").wait_for(kPatience);
  ASSERT_TRUE(result);
  ASSERT_TRUE(*result) << describe(result->error());
  EXPECT_EQ(**result, "ABC");
}

TEST_P(EveryTransport, a_batch_comes_back_complete_and_in_order) {
  RunningBroker broker(broker_options());
  RunningWorker first({.endpoint = broker.endpoint(), .context = context_}, "upper", upper);
  RunningWorker second({.endpoint = broker.endpoint(), .slots = 3, .context = context_}, "upper",
                       upper);
  Client client({.endpoint = broker.endpoint(), .context = context_});
  std::vector<std::string> payloads;
  for (int i = 0; i < 5000; ++i) payloads.push_back("job " + std::to_string(i));
  auto futures = client.submit_batch("upper", payloads);
  for (int i = 0; i < 5000; ++i) {
    auto result = futures[static_cast<std::size_t>(i)].wait_for(kPatience);
    ASSERT_TRUE(result);
    ASSERT_EQ(result->value(), "JOB " + std::to_string(i));
  }
}

TEST_P(EveryTransport, an_error_reaches_the_requester_with_its_text) {
  RunningBroker broker(broker_options());
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "broken",
                       [](const Work& work, WorkerState&) -> std::string {
                         throw std::runtime_error("cannot do " + std::string(work.payload));
                       });
  Client client({.endpoint = broker.endpoint(), .context = context_});
  auto result = client.submit("broken", "that").wait_for(kPatience);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error(), (Error{ErrorCode::WorkFailed, "cannot do that"}));
}

TEST_P(EveryTransport, a_unit_is_answered_as_a_whole_by_one_worker) {
  RunningBroker broker(broker_options());
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "upper",
                       [](const Work& work, WorkerState& state) {
                         if (work.payload == "bad") throw std::runtime_error("no");
                         return upper(work, state);
                       });
  CompletionQueue completions;
  Client client({.endpoint = broker.endpoint(), .context = context_});
  client.submit_unit("upper", {"a", "bad", "c"}, {}, completions, 5);
  const std::vector<Completion> taken = completions.take(kPatience);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].tag, 5u);
  const auto answers = unpack_unit(taken[0].result.value());
  ASSERT_TRUE(answers && answers->size() == 3u);
  EXPECT_EQ((*answers)[0], "A");
  EXPECT_EQ((*answers)[1].error(), (Error{ErrorCode::WorkFailed, "no"}));
  EXPECT_EQ((*answers)[2], "C");
}

TEST_P(EveryTransport, a_unit_is_tried_again_as_a_whole_when_a_part_wants_it) {
  RunningBroker broker(broker_options());
  std::atomic<int> calls = 0;
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "upper",
                       [&](const Work& work, WorkerState& state) {
                         ++calls;
                         if (work.payload == "odd") throw 5;
                         if (work.payload == "b" && work.attempt == 1)
                           throw RetryableError("later");
                         return upper(work, state);
                       });
  CompletionQueue completions;
  Client client({.endpoint = broker.endpoint(), .context = context_});
  client.submit_unit("upper", {"a", "b", "odd"}, {}, completions, 0);
  const std::vector<Completion> taken = completions.take(kPatience);
  ASSERT_EQ(taken.size(), 1u);
  const auto answers = unpack_unit(taken[0].result.value());
  ASSERT_TRUE(answers && answers->size() == 3u);
  EXPECT_EQ((*answers)[1], "B");
  EXPECT_EQ((*answers)[2].error().code, ErrorCode::WorkFailed);
  EXPECT_EQ(calls, 2 + 3);
}

TEST_P(EveryTransport, a_stopped_worker_finishes_its_job_and_a_stopped_broker_answers_the_rest) {
  RunningBroker broker(broker_options());
  std::promise<void> begun;
  std::promise<void> go_on;
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "slow",
                       [&](const Work&, WorkerState&) {
                         begun.set_value();
                         go_on.get_future().wait();
                         return std::string("done");
                       });
  Client client({.endpoint = broker.endpoint(), .context = context_});
  auto futures = client.submit_batch("slow", {"1", "2"});
  begun.get_future().wait();
  worker.worker().stop();
  go_on.set_value();
  auto first = futures[0].wait_for(kPatience);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ(**first, "done");
  EXPECT_TRUE(worker.wait());
  broker.stop_and_wait();
  auto second = futures[1].wait_for(kPatience);
  ASSERT_TRUE(second && !*second);
  EXPECT_EQ(second->error().code, ErrorCode::Stopped);
}

TEST_P(EveryTransport, slots_run_at_once_and_state_using_functions_alone) {
  RunningBroker broker(broker_options());
  std::barrier<> all_at_once(4);
  RunningWorker meeting({.endpoint = broker.endpoint(), .slots = 4, .context = context_}, "meet",
                        [&](const Work&, WorkerState&) {
                          all_at_once.arrive_and_wait();
                          return std::string("met");
                        },
                        {.concurrent = true});
  std::atomic<int> inside = 0;
  RunningWorker alone({.endpoint = broker.endpoint(), .slots = 4, .context = context_}, "alone",
                      [&](const Work&, WorkerState&) {
                        if (inside.fetch_add(1) != 0) throw std::runtime_error("not alone");
                        std::this_thread::yield();
                        --inside;
                        return std::string("alone");
                      });
  Client client({.endpoint = broker.endpoint(), .context = context_});
  for (auto& future : client.submit_batch("meet", {"1", "2", "3", "4"})) {
    auto result = future.wait_for(kPatience);
    ASSERT_TRUE(result && *result);
  }
  for (auto& future : client.submit_batch("alone", std::vector<std::string>(200))) {
    auto result = future.wait_for(kPatience);
    ASSERT_TRUE(result && *result) << describe(result->error());
  }
}

TEST_P(EveryTransport, short_jobs_do_not_wait_behind_a_long_one) {
  RunningBroker broker(broker_options());
  std::promise<void> go_on;
  const std::shared_future<void> gate = go_on.get_future().share();
  const auto work = [gate](const Work& job, WorkerState&) {
    if (job.payload == "long") gate.wait();
    return std::string(job.payload);
  };
  RunningWorker first({.endpoint = broker.endpoint(), .context = context_}, "mixed", work);
  RunningWorker second({.endpoint = broker.endpoint(), .context = context_}, "mixed", work);
  Client client({.endpoint = broker.endpoint(), .context = context_});
  // What short jobs take is known when the long one comes, and others are given to its worker.
  ASSERT_TRUE(client.submit("mixed", "short").wait_for(kPatience));
  auto before = client.submit_batch("mixed", std::vector<std::string>(500, "short"));
  auto held = client.submit("mixed", "long");
  auto behind = client.submit_batch("mixed", std::vector<std::string>(2000, "short"));
  for (auto* futures : {&before, &behind}) {
    for (auto& future : *futures) {
      auto result = future.wait_for(kPatience);
      ASSERT_TRUE(result && *result);
    }
  }
  EXPECT_FALSE(held.ready());
  go_on.set_value();
  EXPECT_TRUE(held.wait_for(kPatience));
}

TEST_P(EveryTransport, closing_a_client_resolves_what_is_open_and_drops_what_is_queued) {
  RunningBroker broker(broker_options());
  Future<std::string> open;
  {
    Client client({.endpoint = broker.endpoint(), .context = context_});
    ASSERT_TRUE(client.connect(kPatience));
    open = client.submit("nobody", "x");
  }
  auto result = open.wait_for(kPatience);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, ErrorCode::Stopped);
  Client other({.endpoint = broker.endpoint(), .context = context_});
  const auto stats = other.query("stats", kPatience);
  ASSERT_TRUE(stats);
  EXPECT_NE(stats->find("\"queued\":0"), std::string::npos) << *stats;
}

TEST(Broker, a_restarted_broker_gets_the_unanswered_jobs_again) {
  const std::string endpoint = "ipc:///tmp/steelyard-restart-" + std::to_string(getpid());
  BrokerOptions options;
  options.listen = {endpoint};
  auto first = std::make_unique<RunningBroker>(options);
  Client client({.endpoint = endpoint});
  auto early = client.submit_batch("upper", {"a", "b", "c"});
  ASSERT_TRUE(client.query("stats", kPatience));  // a round trip: the jobs have arrived
  first.reset();                                  // ends at once, as if it was killed
  RunningBroker second(options);
  RunningWorker worker({.endpoint = endpoint}, "upper", upper);
  for (auto& future : early) {
    auto result = future.wait_for(kPatience);
    ASSERT_TRUE(result && *result);
  }
  EXPECT_GE(client.stats().reconnects, 1u);
  EXPECT_EQ(client.stats().answered, 3u);
}

TEST(Broker, refuses_to_listen_beyond_loopback_unless_told) {
  BrokerOptions options;
  options.listen = {"tcp://0.0.0.0:0"};
  const auto refused = Broker::open(options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find("--insecure"), std::string::npos);
  options.insecure = true;
  EXPECT_TRUE(Broker::open(options));
}

TEST(Broker, names_what_is_wrong_with_an_endpoint) {
  for (const char* endpoint : {"", "7411", "http://x:1", "tcp://127.0.0.1", "tcp://127.0.0.1:99999",
                               "tcp://:7411", "ipc://"}) {
    BrokerOptions options;
    options.listen = {endpoint};
    const auto refused = Broker::open(options);
    ASSERT_FALSE(refused) << endpoint;
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument) << endpoint;
  }
}

TEST(Broker, listens_on_localhost_by_its_name) {
  BrokerOptions options;
  options.listen = {"tcp://localhost:0"};
  const auto broker = Broker::open(options);
  ASSERT_TRUE(broker) << describe(broker.error());
  EXPECT_EQ((*broker)->endpoints().front().find("tcp://127.0.0.1:"), 0U);
}

TEST(Broker, a_name_that_only_begins_like_loopback_is_not) {
  BrokerOptions options;
  options.listen = {"tcp://127.example:7411"};
  EXPECT_FALSE(Broker::open(options));
}

TEST(Client, says_which_endpoint_did_not_answer) {
  Client client({.endpoint = "ipc:///tmp/steelyard-nobody-" + std::to_string(getpid())});
  const auto connected = client.connect(std::chrono::milliseconds(50));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::NotConnected);
  EXPECT_NE(connected.error().context.find("steelyard-nobody"), std::string::npos);
}

TEST(Client, an_endpoint_that_cannot_be_used_fails_every_job_at_once) {
  Client client({.endpoint = "nonsense"});
  auto result = client.submit("q", "x").wait_for(kPatience);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, ErrorCode::InvalidArgument);
}

TEST(Worker, refuses_a_second_task_for_a_queue_and_impossible_options) {
  Worker worker({.slots = 0});
  EXPECT_TRUE(worker.serve("q", upper));
  EXPECT_FALSE(worker.serve("q", upper));
  EXPECT_FALSE(worker.serve("not a name", upper));
  EXPECT_EQ(worker.run().error().code, ErrorCode::InvalidArgument);
}

TEST(Parts, start_and_stop_a_thousand_times_under_load_and_leave_nothing) {
  const std::string path = testing::TempDir() + "steelyard-cycle-" + std::to_string(getpid());
  for (int round = 0; round < 1000; ++round) {
    std::vector<Future<std::string>> futures;
    {
      BrokerOptions options;
      options.listen = {"ipc://" + path};
      RunningBroker broker(options);
      RunningWorker worker({.endpoint = broker.endpoint(), .slots = 2}, "upper", upper);
      Client client({.endpoint = broker.endpoint()});
      futures = client.submit_batch("upper", std::vector<std::string>(20, "x"));
      auto last = futures.back().wait_for(kPatience);
      ASSERT_TRUE(last && *last) << round;
      futures.pop_back();
    }
    for (auto& future : futures) ASSERT_TRUE(future.ready()) << round;
    ASSERT_FALSE(std::filesystem::exists(path)) << round;
  }
}

/// Results of jobs that each name a state, in order.
std::vector<std::string> results_of(Client& client, const std::vector<std::string>& states) {
  std::vector<std::string> results;
  for (const std::string& state : states) {
    auto result = client.submit("models", "x", {.state = state}).wait_for(kPatience);
    results.push_back(!result ? "nothing" : *result ? **result : describe(result->error()));
  }
  return results;
}

TEST_P(EveryTransport, a_worker_holds_several_states_and_lets_go_of_what_it_is_told_to) {
  RunningBroker broker(broker_options());
  RunningWorker worker({.endpoint = broker.endpoint(), .max_states = 2, .context = context_},
                       "models", [](const Work& work, WorkerState& state) {
                         state.get_or_load<std::string>(work.state, [] { return "model"; });
                         return std::to_string(state.loads()) + "," +
                                std::to_string(state.names().size());
                       });
  Client client({.endpoint = broker.endpoint(), .context = context_});
  EXPECT_EQ(results_of(client, {"a", "b", "a", "b", "c"}),
            (std::vector<std::string>{"1,1", "2,2", "2,2", "2,2", "3,2"}));
  EXPECT_EQ(worker.worker().stats().loads, 3u);
}

TEST_P(EveryTransport, a_pinned_state_is_loaded_before_its_first_job) {
  RunningBroker broker(broker_options());
  const auto load = [](std::string_view name, WorkerState& state) {
    state.get_or_load<std::string>(name, [] { return "model"; });
  };
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "models",
                       [&](const Work& work, WorkerState& state) {
                         const auto before = state.loads();
                         load(work.state, state);
                         return std::to_string(state.loads() - before);
                       },
                       {.load = load});
  Client client({.endpoint = broker.endpoint(), .context = context_});
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Result<PinStatus> pinned;
  do {
    pinned = client.pin({.state = "a", .workers = 1, .queue = "models"});
    ASSERT_TRUE(pinned && std::chrono::steady_clock::now() < deadline);
  } while (pinned->holding == 0);
  EXPECT_EQ(results_of(client, {"a"}), std::vector<std::string>{"0"});
}

TEST_P(EveryTransport, a_state_that_cannot_be_loaded_ahead_of_jobs_says_why) {
  RunningBroker broker(broker_options());
  RunningWorker worker({.endpoint = broker.endpoint(), .context = context_}, "upper", upper);
  Client client({.endpoint = broker.endpoint(), .context = context_});
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (worker.worker().stats().failed_loads == 0) {
    ASSERT_TRUE(client.pin({.state = "a"}) && std::chrono::steady_clock::now() < deadline);
  }
  EXPECT_EQ(worker.worker().stats().last_load_error,
            "state 'a' was not loaded: the worker has no way to load states ahead of jobs");
}

}  // namespace
}  // namespace steelyard::zmq_runtime
