#include "cli/query.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "cli/table.hpp"

namespace steelyard::cli {

namespace json = boost::json;

Result<std::unique_ptr<Client>> connect(const BrokerAt& broker, WhenFull when_full) {
  auto endpoint = endpoint_of(broker);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto client = std::make_unique<Client>(
      ClientOptions{.endpoint = std::move(*endpoint), .when_full = when_full});
  auto connected = client->connect(std::chrono::milliseconds(broker.connect_timeout_ms));
  if (!connected) return tl::unexpected(connected.error());
  return client;
}

Result<std::string> ask(const BrokerAt& broker, std::string_view what) {
  auto client = connect(broker);
  if (!client) return tl::unexpected(client.error());
  return (*client)->query(what, std::chrono::milliseconds(broker.connect_timeout_ms));
}

Result<json::object> parse_report(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) {
    return failure(ErrorCode::Malformed,
                   "the broker's answer is not understood; is it of another "
                   "version? (steelyard --version)");
  }
  return std::move(value.as_object());
}

std::uint64_t count_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  boost::system::error_code error;
  return found == nullptr || !found->is_number() ? 0 : found->to_number<std::uint64_t>(error);
}

std::string text_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  return found == nullptr || !found->is_string() ? "" : std::string(found->as_string());
}

double number_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  if (found == nullptr || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  boost::system::error_code error;
  return found->to_number<double>(error);
}

bool flag_in(const json::object& report, std::string_view field) {
  const json::value* found = report.if_contains(field);
  return found != nullptr && found->is_bool() && found->as_bool();
}

const json::object& object_in(const json::object& report, std::string_view field) {
  static const json::object kNone;
  const json::value* found = report.if_contains(field);
  return found == nullptr || !found->is_object() ? kNone : found->as_object();
}

const json::array& list_in(const json::object& report, std::string_view field) {
  static const json::array kNone;
  const json::value* found = report.if_contains(field);
  return found == nullptr || !found->is_array() ? kNone : found->as_array();
}

std::string time_in(const json::object& report, std::string_view field) {
  const double seconds = number_in(report, field);
  return std::isnan(seconds) ? "-" : readable_time(seconds);
}

Result<MatchingJobs> cancel_all(Client& client, const std::string& user, const std::string& queue,
                                bool dry_run) {
  constexpr int kMaxRounds = 10'000;  // each asks for what the one before has left
  MatchingJobs all;
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto some = client.cancel_matching(user, queue, dry_run);
    if (!some) return some;
    all.delayed += some->delayed;
    all.queued += some->queued;
    all.running += some->running;  // those that were asked to stop are not counted again
    all.more = some->more;
    if (dry_run || !some->more) break;
  }
  return all;
}

}  // namespace steelyard::cli
