#pragma once

#include <memory>
#include <vector>

#include "steelyard/gateway/endpoint.hpp"
#include "steelyard/gateway/monitor/board.hpp"

namespace steelyard::gateway {

/// GET /monitor/events and /monitor/history. `may_act`: the page is to show buttons.
///
/// Who does not take an event before the next one is there is not sent that one. At most
/// Board::kMaxListeners listen; one more is answered 503.
[[nodiscard]] std::vector<EndpointEntry> monitor_endpoints(std::shared_ptr<Board> board,
                                                           bool may_act);

}  // namespace steelyard::gateway
