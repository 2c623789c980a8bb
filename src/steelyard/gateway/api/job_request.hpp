#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::gateway {

/// What a request says about the job that it hands in, besides queue and payload.
struct JobRequest {
  RemoteJobOptions options{};
  std::chrono::milliseconds wait{};  ///< for the result; 0: not at all
  std::optional<bool> keep{};        ///< said so; otherwise it depends
};

/// A setting of a job: its name as a parameter and as a field of a batch's line. As a header it is
/// `Steelyard-Time-Limit-S`, and `Idempotency-Key` for the key.
inline constexpr std::array<std::string_view, 12> kJobSettings{
    "state", "user",       "priority", "deadline_s", "delay_s", "time_limit_s",
    "key",   "durability", "tags",     "stream",     "wait",    "keep"};

/// The name of a setting's header, "Steelyard-Delay-S".
[[nodiscard]] std::string header_of(std::string_view setting);

/// Reads one setting into `job`. `max_wait` bounds `wait`.
/// Errors: InvalidArgument, InvalidName, naming the setting. Requires: one of kJobSettings.
[[nodiscard]] Result<void> read_setting(std::string_view setting, std::string_view value,
                                        std::chrono::milliseconds max_wait, JobRequest& job);

/// Errors: InvalidName. `what` is "queue", "state", ….
[[nodiscard]] Result<void> check_name(std::string_view what, std::string_view name);

}  // namespace steelyard::gateway
