#include "steelyard/gateway/monitor/table.hpp"

#include <limits>
#include <utility>

#include <boost/json.hpp>

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

tl::unexpected<Error> malformed(std::string_view what) {
  return failure(ErrorCode::Malformed, "the broker's snapshot has no usable '" + std::string(what) +
                                           "': run the gateway and the broker of the same version");
}

}  // namespace

double number_of(const json::value& value) {
  return value.is_number() ? value.to_number<double>() : kUnknown;
}

std::vector<double> numbers_of(const json::array& list) {
  std::vector<double> numbers;
  for (const json::value& each : list) numbers.push_back(number_of(each));
  return numbers;
}

Result<json::value> read_json(std::string_view what, std::string_view text) {
  boost::system::error_code error;
  json::value value =
      json::parse(text, error, json::make_shared_resource<json::monotonic_resource>());
  if (error) return malformed(what);
  return value;
}

Result<Table> Table::read(std::string_view name, std::string_view text) {
  auto value = read_json(name, text);
  if (!value) return tl::unexpected(value.error());
  Table table(std::move(*value));
  if (!table.exists()) return malformed(name);
  return table;
}

}  // namespace steelyard::gateway
