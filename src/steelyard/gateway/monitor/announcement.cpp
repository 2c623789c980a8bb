#include "steelyard/gateway/monitor/announcement.hpp"

#include <boost/json.hpp>

#include "steelyard/base/names.hpp"

namespace steelyard::gateway {

std::string name_of_gateway(std::string_view host, std::string_view address) {
  std::string name(host.substr(0, kMaxNameBytes / 2));
  const std::size_t colon = address.rfind(':');
  if (colon != std::string_view::npos) name.append(address.substr(colon));
  for (char& c : name) {
    if (c != '-' && !is_valid_name(std::string_view(&c, 1))) c = '.';
  }
  if (!is_valid_name(name)) name.insert(0, "gateway");  // empty, or a dash in front
  return name;
}

std::string announcement_of(std::string_view address, const GatewayFigures& figures) {
  return boost::json::serialize(
      boost::json::object{{"address", address},
                          {"open_connections", figures.http.open_connections},
                          {"requests", figures.http.requests},
                          {"unanswered", figures.http.unanswered},
                          {"in_flight", figures.in_flight}});
}

}  // namespace steelyard::gateway
