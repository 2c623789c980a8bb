#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/gateway/http/exchange.hpp"
#include "steelyard/gateway/route_table.hpp"

namespace steelyard::gateway {

/// Answers the requests of one pattern and some methods, on the thread of the exchange. Never
/// throws. The names of the captures are views that live as long as the route table.
using Endpoint = std::function<void(http::Request request, RouteTable::Captures captures,
                                    std::shared_ptr<http::Exchange> exchange)>;

/// One call of an API: what RouteTable::add is given, and what is to be called.
struct EndpointEntry {
  std::string pattern;
  std::vector<std::string> methods;
  Endpoint call;
  bool may_wait = false;  ///< for work; such requests are counted and limited
  RouteTable::Slashes slashes = RouteTable::Slashes::Refused;
};

}  // namespace steelyard::gateway
