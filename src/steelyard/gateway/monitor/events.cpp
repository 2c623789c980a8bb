#include "steelyard/gateway/monitor/events.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/gateway/api/parameters.hpp"
#include "steelyard/gateway/monitor/number_text.hpp"
#include "steelyard/gateway/paths.hpp"
#include "steelyard/gateway/problem.hpp"

namespace steelyard::gateway {
namespace {

namespace asio = boost::asio;

Result<Tables> tables_of(const http::Request& request) {
  constexpr std::array<std::string_view, 1> kNames{"tables"};
  const auto parameters = Parameters::read(request.query());
  if (!parameters) return tl::unexpected(parameters.error());
  if (auto known = parameters->allow_only(kNames); !known) return tl::unexpected(known.error());
  const auto text = parameters->find("tables");
  return text ? Tables::read(*text) : Result<Tables>(Tables{});
}

/// One page that listens.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<Board> board, Tables tables, bool may_act,
           std::shared_ptr<http::Exchange> exchange)
      : board_(std::move(board)),
        tables_(tables),
        may_act_(may_act),
        exchange_(std::move(exchange)) {}
  ~Listener() {
    if (place_) board_->forget(*place_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Lives until its client goes, which holds it.
  void begin() {
    place_ = board_->listen([weak = weak_from_this(), executor = exchange_->executor()] {
      asio::post(executor, [weak] {
        if (const auto self = weak.lock()) self->pump();
      });
    });
    if (!place_) return refuse();
    exchange_->when_gone([self = shared_from_this()]() mutable { self.reset(); });
    http::Response head{.content_type = "text/event-stream"};
    head.headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    exchange_->begin_stream(std::move(head));
    pump();
  }

 private:
  void refuse() {
    exchange_->respond(
        to_response(Problem{.status = 503,
                            .code = "too_many_streams",
                            .detail = fmt::format("{} pages listen, which is the limit, or the "
                                                  "gateway ends",
                                                  Board::kMaxListeners),
                            .retry_after = std::chrono::seconds(5)}));
  }

  void pump() {
    if (board_->is_closed()) return exchange_->end();
    const Board::Latest latest = board_->latest();
    // One that still takes the last event gets a newer one later, not this one as well.
    const bool is_slow = number_ > 0 && exchange_->unsent_bytes() > 0;
    if (latest.number == number_ || is_slow) return;
    if (std::exchange(number_, latest.number) == 0) say_hello(latest);
    if (latest.is_connected) {
      exchange_->send(latest.sighting->event(tables_));
    } else {
      say_away(latest);
    }
  }

  void say_hello(const Board::Latest& latest) {
    exchange_->send(
        fmt::format("event: hello\ndata: {{\"actions\":{},\"connected\":{},"
                    "\"history\":{}}}\n\n",
                    may_act_, latest.is_connected, *board_->history(Board::Clock::now())));
  }

  void say_away(const Board::Latest& latest) {
    std::string data = "{\"connected\":false";
    append_member(data, "for_s", latest.away.count());
    data.append(",\"why\":").append(boost::json::serialize(boost::json::string(latest.why)));
    exchange_->send(std::string("event: broker\ndata: ").append(data).append("}\n\n"));
  }

  const std::shared_ptr<Board> board_;
  const Tables tables_;
  const bool may_act_;
  const std::shared_ptr<http::Exchange> exchange_;
  std::optional<std::uint64_t> place_;
  std::uint64_t number_ = 0;  // of what it was told last
};

}  // namespace

std::vector<EndpointEntry> monitor_endpoints(std::shared_ptr<Board> board, bool may_act) {
  const std::string folder(kMonitorPath);
  const auto events = [board, may_act](const http::Request& request, const RouteTable::Captures&,
                                       std::shared_ptr<http::Exchange> exchange) {
    const auto tables = tables_of(request);
    if (!tables) return exchange->respond(to_response(problem_of(tables.error(), true)));
    std::make_shared<Listener>(board, *tables, may_act, std::move(exchange))->begin();
  };
  const auto history = [board](const http::Request&, const RouteTable::Captures&,
                               const std::shared_ptr<http::Exchange>& exchange) {
    exchange->respond({.content_type = "application/json",
                       .body = *board->history(Board::Clock::now()),
                       .headers = {{"Cache-Control", "no-store"}}});
  };
  return {{folder + "/events", {"GET"}, events}, {folder + "/history", {"GET"}, history}};
}

}  // namespace steelyard::gateway
