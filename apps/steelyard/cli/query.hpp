#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/options.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard::cli {

/// A client that a broker has welcomed.
/// Errors: NotConnected, naming the endpoint; VersionMismatch; InvalidArgument.
[[nodiscard]] Result<std::unique_ptr<Client>> connect(const BrokerAt& broker,
                                                      WhenFull when_full = WhenFull::Block);

/// Asks the broker about `what` (see Client::query); the answer as it came.
[[nodiscard]] Result<std::string> ask(const BrokerAt& broker, std::string_view what);

/// The broker's answer, parsed. Errors: Malformed.
[[nodiscard]] Result<boost::json::object> parse_report(std::string_view text);

// Fields of a report; what a broker of another version does not send reads as nothing.

/// A count; 0 when it is absent.
[[nodiscard]] std::uint64_t count_in(const boost::json::object& report, std::string_view field);
/// A text; empty when it is absent or null.
[[nodiscard]] std::string text_in(const boost::json::object& report, std::string_view field);
/// A number; NaN when it is absent or null.
[[nodiscard]] double number_in(const boost::json::object& report, std::string_view field);
/// Whether it is there and true.
[[nodiscard]] bool flag_in(const boost::json::object& report, std::string_view field);
/// An object; an empty one when it is absent.
[[nodiscard]] const boost::json::object& object_in(const boost::json::object& report,
                                                   std::string_view field);
/// A list; an empty one when it is absent.
[[nodiscard]] const boost::json::array& list_in(const boost::json::object& report,
                                                std::string_view field);
/// A number of seconds as people say it; "-" when it is absent or null.
[[nodiscard]] std::string time_in(const boost::json::object& report, std::string_view field);

/// Cancels jobs until nothing is left, or counts what there is. Errors: those of
/// Client::cancel_matching.
[[nodiscard]] Result<MatchingJobs> cancel_all(Client& client, const std::string& user,
                                              const std::string& queue, bool dry_run);

}  // namespace steelyard::cli
