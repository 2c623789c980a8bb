#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace example {

/// The workers that a broker has now.
struct Crowd {
  std::size_t workers = 0;
  std::size_t slots = 0;  ///< theirs together
};

/// Asks the broker. Errors: those of Client::query; Malformed.
[[nodiscard]] steelyard::Result<Crowd> count_workers(steelyard::Client& client);

/// How many jobs wait in a queue; 0 when the broker does not know the queue.
/// Errors: those of Client::query; Malformed.
[[nodiscard]] steelyard::Result<std::size_t> count_queued(steelyard::Client& client,
                                                          std::string_view queue);

/// How often the broker gave a worker a job that needs another state than the worker holds.
/// Errors: those of Client::query; Malformed.
[[nodiscard]] steelyard::Result<std::size_t> count_switches(steelyard::Client& client);

/// Asked several times a second while something is waited for; an empty text means: go on waiting,
/// anything else is the reason to give up.
using GiveUpReason = std::function<std::string()>;

/// Asks again and again until at least `wanted` have joined.
/// Errors: TimedOut after `patience`; Stopped when `give_up` says so; those of count_workers.
[[nodiscard]] steelyard::Result<Crowd> wait_for_workers(steelyard::Client& client,
                                                        std::size_t wanted,
                                                        std::chrono::milliseconds patience,
                                                        const GiveUpReason& give_up);

/// Likewise until `wanted` jobs wait in the queue.
[[nodiscard]] steelyard::Result<std::size_t> wait_for_queued(steelyard::Client& client,
                                                             std::string_view queue,
                                                             std::size_t wanted,
                                                             std::chrono::milliseconds patience,
                                                             const GiveUpReason& give_up);

}  // namespace example
