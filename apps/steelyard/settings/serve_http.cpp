#include "settings/serve_http.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "cli/table.hpp"

namespace steelyard::cli {

Result<std::unique_ptr<gateway::Gateway>> open_gateway(const gateway::GatewayOptions& options,
                                                       const std::string& setting) {
  auto opened = gateway::Gateway::open(options, [](std::uint64_t lines, const std::string& why) {
    spdlog::warn("access log: {} not written: {}", counted(lines, "line", "lines"), why);
  });
  if (opened) return opened;
  const std::string& why = opened.error().context;
  const bool is_of_address =
      !why.starts_with("route ") && !why.starts_with("health: ") && !why.starts_with("access log");
  return failure(opened.error().code, (is_of_address ? setting + ": " : std::string()) + why);
}

StopSignals::Calls drain_calls(gateway::Gateway& gateway, std::chrono::milliseconds wait) {
  const auto drain = [&gateway](std::chrono::milliseconds time) {
    spdlog::info(
        "draining: requests are taken for {} s more, then what is in flight is answered (once more "
        "stops at once)",
        std::chrono::duration<double>(time).count());
    gateway.drain(time);
  };
  return {.first = [drain] { drain(std::chrono::milliseconds(0)); },
          .second =
              [&gateway] {
                spdlog::warn("stopping at once");
                gateway.stop();
              },
          .first_terminate = [drain, wait] { drain(wait); }};
}

void say_totals(const gateway::Gateway& gateway) {
  const gateway::Gateway::Stats stats = gateway.stats();
  spdlog::info("http stopped: {}, {} whose client went, {} timed out",
               counted(stats.http.requests, "request", "requests"), with_commas(stats.gone),
               with_commas(stats.timed_out));
}

}  // namespace steelyard::cli
