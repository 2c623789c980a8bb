#pragma once

#include <string>
#include <string_view>

/// The processes that `bench http` starts, and bench/http.sh.
namespace steelyard::cli {

/// What `run_http_door` says when it is ready; then comes the broker's endpoint, and what follows
/// it the address for requests.
inline constexpr std::string_view kDoorBroker = "broker ";
inline constexpr std::string_view kDoorHttp = " http ";

/// A broker and its gateway, which makes a job of each `GET /`; with a worker as a thread, or none.
/// Serves until it is interrupted. Returns the exit status.
[[nodiscard]] int run_http_door(const std::string& address, bool has_worker);

/// A worker for these jobs, as a process of its own.
[[nodiscard]] int run_http_worker(const std::string& broker);

}  // namespace steelyard::cli
