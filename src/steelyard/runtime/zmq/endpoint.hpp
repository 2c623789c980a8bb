#pragma once

#include <string>

#include "steelyard/base/result.hpp"

namespace steelyard::zmq_runtime {

/// Whether the endpoint has one of the three forms: `tcp://ADDRESS:PORT`, `ipc://PATH`,
/// `inproc://NAME`. Errors: InvalidArgument, saying which forms there are.
[[nodiscard]] Result<void> check_endpoint(const std::string& endpoint);

/// Whether a broker may listen there: without `insecure`, TCP only on loopback addresses, because
/// nothing is encrypted and anybody who can connect may hand in work.
/// Errors: InvalidArgument, with the reason and what to do.
[[nodiscard]] Result<void> may_listen(const std::string& endpoint, bool insecure);

/// As `may_listen`, for HTTP at ADDRESS:PORT.
[[nodiscard]] Result<void> may_serve(const std::string& address, bool insecure);

/// The endpoint as the transport wants it for listening: it knows addresses there, not names.
[[nodiscard]] std::string listening_endpoint(const std::string& endpoint);

}  // namespace steelyard::zmq_runtime
