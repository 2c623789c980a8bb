#include <cstdlib>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "steelyard/base/random.hpp"
#include "steelyard/runtime/zmq/test_wire_world.hpp"

/// Many conversations in which connections are cut, links lose, repeat and delay what they carry,
/// workers are killed and brokers restarted: every job is answered exactly once.
///
///     STEELYARD_SIM_FIRST_SEED=17 STEELYARD_SIM_SEEDS=1 zmq_test --gtest_filter='WireSimulation*'
namespace steelyard::zmq_runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

class TroubledWorld {
 public:
  explicit TroubledWorld(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) clients_.push_back(&world_.add_direct_client());
    clients_.push_back(&world_.add_client());
    for (int i = 0; i < 3; ++i) add_worker();
    world_.disturb_link = [this](const std::string& bytes) { return disturb(bytes); };
  }

  void stir() {
    switch (random_.below(12)) {
      case 0:
        return world_.cut(any_client());
      case 1:
        return world_.cut(any_worker());
      case 2: {
        auto& client = any_client();
        client.is_reachable = !client.is_reachable;
        return;
      }
      case 3:
        any_worker().runs = random_.below(2) == 0;
        return;
      case 4:
        return random_.below(4) == 0 ? kill_worker() : void();
      case 5:
        return random_.below(6) == 0 ? restart_broker() : void();
      case 6:
        return late_message();
      case 7:
      case 8:
      case 9:
        return world_.pass(milliseconds(random_.below(700)));
      default:
        return submit();
    }
  }

  /// No more trouble: everything must be answered, once, and settled.
  void calm() {
    world_.disturb_link = nullptr;
    for (auto* client : clients_) client->is_reachable = true;
    for (auto* worker : workers_) worker->runs = true;
    add_worker();
    for (int round = 0; round < 100 && unanswered() > 0; ++round) {
      world_.pass(seconds(1), milliseconds(50));
    }
    world_.pass(seconds(20), milliseconds(100));
    EXPECT_EQ(unanswered(), 0u);
    for (auto* client : clients_) check(*client);
    EXPECT_EQ(world_.jobs().unfinished(), 0u);
    EXPECT_EQ(world_.port().malformed(), 0u);
  }

 private:
  void submit() {
    auto& client = any_client();
    const bool large = random_.below(8) == 0;
    const std::vector<std::string> payloads(1 + random_.below(5),
                                            std::string(large ? 300'000 : 5, 'x'));
    ClientSession::Kind kind{.queue = "q"};
    const std::uint64_t state = random_.below(4);
    if (state > 0) kind.state = "m" + std::to_string(state);
    if (random_.below(8) == 0) kind.delay = milliseconds(random_.below(1000));
    world_.submit(client, kind, payloads);
    submitted_[&client] += payloads.size();
    if (random_.below(2) == 0) world_.settle();
  }
  void add_worker() {
    WorkerSession::Options options;
    options.queues = {"q"};
    options.slots = 1 + static_cast<std::uint32_t>(random_.below(3));
    options.max_states = 1 + static_cast<std::uint32_t>(random_.below(2));
    workers_.push_back(&world_.add_worker_with(std::move(options)));
  }
  void kill_worker() {
    const std::size_t place = random_.below(workers_.size());
    world_.kill(*workers_[place]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(place));
    add_worker();
  }
  void restart_broker() {
    world_.kill_broker();
    if (random_.below(2) == 0) world_.pass(milliseconds(random_.below(2000)));
    world_.restart_broker(++incarnation_);
  }
  bool disturb(const std::string& bytes) {
    if (random_.below(4) == 0) late_.push_back(bytes);
    return random_.below(4) == 0;
  }
  /// A message of a link comes late, twice, or to somebody else.
  void late_message() {
    if (late_.empty()) return;
    world_.arrive(any_client(), late_[random_.below(late_.size())]);
  }
  WireWorld::TestClient& any_client() { return *clients_[random_.below(clients_.size())]; }
  WireWorld::TestWorker& any_worker() { return *workers_[random_.below(workers_.size())]; }
  std::uint64_t unanswered() const {
    std::uint64_t sum = 0;
    for (const auto* client : clients_) sum += client->session->unanswered();
    return sum;
  }
  void check(const WireWorld::TestClient& client) {
    std::set<std::uint64_t> answered;
    for (const Answer& answer : client.answers) {
      EXPECT_TRUE(answered.insert(answer.sequence).second) << "twice: " << answer.sequence;
      // A job may be unlucky three times, but nothing else may become of it.
      const ErrorCode code = answer.code.value_or(ErrorCode::AttemptsExhausted);
      const bool was_unlucky =
          code == ErrorCode::AttemptsExhausted || code == ErrorCode::Quarantined;
      EXPECT_TRUE(was_unlucky) << to_string(code);
    }
    EXPECT_EQ(answered.size(), submitted_[&client]);
  }

  base::Random random_;
  WireWorld world_;
  std::vector<WireWorld::TestClient*> clients_;
  std::vector<WireWorld::TestWorker*> workers_;
  std::map<const WireWorld::TestClient*, std::uint64_t> submitted_;
  std::vector<std::string> late_;
  std::uint64_t incarnation_ = 100;
};

TEST(WireSimulation, answers_every_job_once_whatever_happens_to_the_connections) {
  const std::uint64_t first = from_environment("STEELYARD_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("STEELYARD_SIM_SEEDS", 500);
  for (std::uint64_t seed = first; seed < first + seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("STEELYARD_SIM_FIRST_SEED=" + std::to_string(seed) + " STEELYARD_SIM_SEEDS=1");
    TroubledWorld world(seed);
    for (int i = 0; i < 120; ++i) world.stir();
    world.calm();
  }
}

}  // namespace
}  // namespace steelyard::zmq_runtime
