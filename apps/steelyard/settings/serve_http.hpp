#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "cli/stop_signals.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/gateway/gateway.hpp"

/// What the commands that serve HTTP do alike.
namespace steelyard::cli {

/// A gateway that says in the log when lines of its access log are lost.
/// Errors: those of Gateway::open, naming the flag, or the setting, that the address is from,
/// and what to do when somebody else has it.
[[nodiscard]] Result<std::unique_ptr<gateway::Gateway>> open_gateway(
    const gateway::GatewayOptions& options, const std::string& setting = "--http");

/// SIGTERM drains and waits, SIGINT drains, a second one stops; each says so in the log.
[[nodiscard]] StopSignals::Calls drain_calls(gateway::Gateway& gateway,
                                             std::chrono::milliseconds wait);

/// Says in the log where it listens; whoever starts it as a child reads that line.
void say_address(const gateway::Gateway& gateway);

/// The last line of its log.
void say_totals(const gateway::Gateway& gateway);

}  // namespace steelyard::cli
