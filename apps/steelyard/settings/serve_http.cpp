#include "settings/serve_http.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/logging.hpp"
#include "cli/table.hpp"

namespace steelyard::cli {

Result<std::unique_ptr<gateway::Gateway>> open_gateway(const gateway::GatewayOptions& options,
                                                       const std::string& setting) {
  auto opened = gateway::Gateway::open(options, [](std::uint64_t lines, const std::string& why) {
    log_event(
        {LogLevel::Warning, "access_log_failing",
         fmt::format("access log: {} not written: {}", counted(lines, "line", "lines"), why)});
  });
  if (opened) return opened;
  const std::string& why = opened.error().context;
  const bool is_of_address =
      !why.starts_with("route ") && !why.starts_with("health: ") && !why.starts_with("access log");
  if (!is_of_address) return opened;
  const std::string advice =
      why.ends_with("in use") ? fmt::format("; choose another with {} (port 0 takes a free one)",
                                            setting == "--http" ? "--http ADDRESS:PORT" : setting)
                              : std::string();
  return failure(opened.error().code, fmt::format("{}: {}{}", setting, why, advice));
}

StopSignals::Calls drain_calls(gateway::Gateway& gateway, std::chrono::milliseconds wait) {
  const auto drain = [&gateway](std::chrono::milliseconds time) {
    log_event({LogLevel::Info, "draining",
               fmt::format("draining: requests are taken for {} s more, then what is in flight is "
                           "answered (once more stops at once)",
                           std::chrono::duration<double>(time).count())});
    gateway.drain(time);
  };
  return {.first = [drain] { drain(std::chrono::milliseconds(0)); },
          .second =
              [&gateway] {
                log_event({LogLevel::Warning, "stopping", "stopping at once"});
                gateway.stop();
              },
          .first_terminate = [drain, wait] { drain(wait); }};
}

void say_totals(const gateway::Gateway& gateway) {
  const gateway::Gateway::Stats stats = gateway.stats();
  if (stats.cut_off > 0) {
    log_event({LogLevel::Warning,
               "http_cut_off",
               fmt::format("{} cut off, in flight for longer than drain_timeout_s",
                           counted(stats.cut_off, "request was", "requests were")),
               {{"count", std::to_string(stats.cut_off)}}});
  }
  log_event({LogLevel::Info, "http_stopped",
             fmt::format("http stopped: {}, {} whose client went, {} timed out",
                         counted(stats.http.requests, "request", "requests"),
                         with_commas(stats.gone), with_commas(stats.timed_out))});
}

void say_address(const gateway::Gateway& gateway) {
  log_event({LogLevel::Info,
             "http_listening",
             fmt::format("http on {}", gateway.address()),
             {{"endpoint", gateway.address()}}});
}

}  // namespace steelyard::cli
