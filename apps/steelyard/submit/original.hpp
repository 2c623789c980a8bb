#pragma once

#include <atomic>
#include <string>

#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::cli {

/// The result of a job that somebody else handed in, under the same key: waits until it has ended,
/// looking after 50 ms and then less often, up to once a second.
/// Errors: the job's own; DuplicateKey when nothing is kept of it any more; Stopped after `stop`;
/// TimedOut, NotConnected.
[[nodiscard]] Result<std::string> await_original(Client& client, const JobId& job,
                                                 const std::atomic<bool>& stop);

/// Whether a job that is told like this may still get a result.
[[nodiscard]] bool is_under_way(const JobStatus& status);

}  // namespace steelyard::cli
