#include "steelyard/hub/broker_watch.hpp"

#include <chrono>
#include <utility>

#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::hub {
namespace {

constexpr std::chrono::seconds kEvery{1};
constexpr std::chrono::seconds kPatience{1};

}  // namespace

BrokerWatch::BrokerWatch(std::string endpoint, std::string name)
    : endpoint_(std::move(endpoint)),
      name_(std::move(name)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void BrokerWatch::announce(std::string json) {
  const std::scoped_lock lock(mutex_);
  announcement_ = std::move(json);
}

std::optional<std::string> BrokerWatch::take_snapshot() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(snapshot_, std::nullopt);
}

std::string BrokerWatch::silence() const {
  const std::scoped_lock lock(mutex_);
  return silence_;
}

void BrokerWatch::watch(const std::stop_token& stop) {
  Client client(ClientOptions{.endpoint = endpoint_, .name = "hub:" + name_, .direct = false});
  std::string announced;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::string announcement = announcement_;
    lock.unlock();
    auto answer = client.query("snapshot", kPatience);
    if (announcement != announced && client.announce("hub", name_, announcement)) {
      announced = announcement;
    }
    lock.lock();
    if (answer) snapshot_ = std::move(*answer);
    silence_ = answer ? std::string() : answer.error().context;
    stopped_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

}  // namespace steelyard::hub
