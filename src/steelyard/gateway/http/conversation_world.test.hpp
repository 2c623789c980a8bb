#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "steelyard/gateway/http/conversation.hpp"

namespace steelyard::http::test {

/// Keeps what it is asked, for the test to answer.
class KeepingHandler final : public Handler {
 public:
  void handle(Request request, std::shared_ptr<Exchange> exchange) override {
    requests.push_back(std::move(request));
    exchanges.push_back(std::move(exchange));
    if (answers_at_once) answer(exchanges.size() - 1, "ok");
  }

  void answer(std::size_t index, std::string body) {
    exchanges.at(index)->respond(Response{.status = 200, .body = std::move(body)});
  }

  std::deque<Request> requests;
  std::deque<std::shared_ptr<Exchange>> exchanges;
  bool answers_at_once = false;
};

/// A conversation with a clock, an owner and a handler of the test's own.
class World : public Conversation::Owner {
 public:
  explicit World(ServerOptions chosen = {}) : options(std::move(chosen)) {}

  void output_ready() override { ++ready; }
  void wake() override { woken = true; }

  void say(std::string_view bytes) { conversation.receive(bytes); }

  /// Takes all that is to be sent.
  std::string heard() {
    std::string bytes;
    while (woken || !conversation.unsent().empty()) {
      bytes += conversation.unsent();
      if (!conversation.unsent().empty()) conversation.sent(conversation.unsent().size());
      if (std::exchange(woken, false)) conversation.go_on();
    }
    return bytes;
  }

  void pass(Duration duration) {
    now += duration;
    conversation.pass_time(now);
  }

  ServerOptions options;
  boost::asio::io_context io;
  KeepingHandler handler;
  TimePoint now{std::chrono::hours(1)};
  Surroundings around{.options = options,
                      .handler = &handler,
                      .executor = io.get_executor(),
                      .clock = [this] { return now; },
                      .date = "Sun, 06 Nov 1994 08:49:37 GMT"};
  Conversation conversation{around, "127.0.0.1:5", *this};
  int ready = 0;
  bool woken = false;
};

inline std::string get(std::string_view path, std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

inline std::string answer_of(std::string_view body, std::string_view more_headers = "") {
  return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more_headers) + "\r\n" +
         std::string(body);
}

}  // namespace steelyard::http::test
