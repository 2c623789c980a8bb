#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/gateway/gateway.hpp"
#include "steelyard/runtime/zmq/broker.hpp"
#include "steelyard/service/configuration.hpp"

namespace steelyard {

/// A broker, and HTTP in front of it if the configuration has a section `gateway`, as threads of
/// this program: what `steelyard broker --config FILE` is as a process.
///
///   auto core = steelyard::Core::start("service.json");
///
/// Thread safety: all members may be called from any thread.
class Core {
 public:
  /// Starts what a configuration file says; it listens when this returns.
  /// Errors: InvalidArgument with a line for each mistake of the file; those of Broker::open and
  /// Gateway::open, in front of which stands the setting that they are about.
  [[nodiscard]] static Result<std::unique_ptr<Core>> start(const std::string& file);
  [[nodiscard]] static Result<std::unique_ptr<Core>> start(
      const service::Configuration& configuration);

  /// As `stop`, and waits.
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Where the broker listens, with the ports that were taken.
  [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }
  /// ADDRESS:PORT of HTTP; empty: there is none.
  [[nodiscard]] const std::string& http() const { return http_; }

  /// Requests in flight are answered, then the broker stops as Broker::stop says.
  void stop();
  /// All ends at once.
  void stop_now();
  /// Waits until all has ended after `stop` or `stop_now`.
  void wait();

 private:
  Core(std::unique_ptr<Broker> broker, std::unique_ptr<gateway::Gateway> gateway);
  void run();

  std::unique_ptr<Broker> broker_;
  std::unique_ptr<gateway::Gateway> gateway_;  // null: there is none
  std::vector<std::string> endpoints_;
  std::string http_;
  std::mutex joining_;
  std::jthread thread_;  // guarded by joining_ once it runs; last: it uses everything above
};

}  // namespace steelyard
