// Any messages from several peers into the broker: it lives, and its books stay balanced.
//
// The input is a list of messages: one byte (low bits: which peer; high bit: a valid hello first),
// two bytes of length, the bytes. Time passes between them.
#include <cstdint>
#include <string>
#include <string_view>

#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/strategy/registry.hpp"

namespace {

using namespace steelyard;
using zmq_runtime::BrokerPort;

BrokerPort::Options options() {
  BrokerPort::Options options;
  options.limits.max_queued_jobs = 100;
  options.limits.max_sessions = 4;
  options.limits.max_workers = 4;
  options.limits.max_lanes = 8;
  options.max_payload_bytes = 1000;
  options.max_kept_bytes = 10'000;
  options.max_names = 20;
  options.incarnation = 1;
  options.strategy = "least-loaded";
  return options;
}

/// Everything is on disk at once.
class Records final : public zmq_runtime::JournalSink {
 public:
  std::uint64_t append(store::Record) override { return ++records; }
  [[nodiscard]] bool is_behind() const override { return false; }
  std::uint64_t records = 0;
};

std::string hello(unsigned peer) {
  wire::Hello message;
  message.set_key(peer + 1);
  message.set_role(peer % 2 == 0 ? wire::ROLE_CLIENT : wire::ROLE_WORKER);
  message.mutable_worker()->add_queues("q");
  message.mutable_worker()->set_slots(2);
  message.mutable_worker()->set_weight(1);
  return wire::encode(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  TimePoint now{std::chrono::hours(1)};
  Records records;
  BrokerPort port(options(), *strategy::Registry().make("least-loaded"), now, &records);
  std::string_view input(reinterpret_cast<const char*>(data), size);
  while (input.size() >= 3) {
    const auto control = static_cast<unsigned char>(input[0]);
    const std::size_t length =
        static_cast<unsigned char>(input[1]) + 256U * static_cast<unsigned char>(input[2]);
    const std::string_view message = input.substr(3, length);
    input.remove_prefix(3 + message.size());
    const std::string route(1, static_cast<char>('a' + control % 8));
    if ((control & 0x80) != 0) port.receive(route, hello(control % 8), now);
    port.receive(route, message, now);
    now += std::chrono::milliseconds(control & 0x70);
    port.note_calendar(now, 1'700'000'000'000);
    port.pass_time(now);
    if ((control & 0x10) != 0) port.persisted(now, records.records);
    port.flush([&](std::string_view, const std::string&) { return (control & 0x08) == 0; });
    port.scheduler().check_invariants();
  }
  return 0;
}
