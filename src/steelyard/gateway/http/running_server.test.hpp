#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "steelyard/gateway/http/server.hpp"
#include "steelyard/gateway/http/test_client.hpp"

namespace steelyard::http::test {

/// What the threads of the server tell the test.
class Board {
 public:
  template <class Change>
  void change(Change&& change) {
    {
      const std::scoped_lock lock(mutex_);
      change(*this);
    }
    changed_.notify_all();
  }
  template <class Holds>
  bool wait(Holds&& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return holds(*this); });
  }

  std::vector<std::pair<std::string, std::shared_ptr<Exchange>>> held;
  int gone = 0;
  int drained = 0;
  int blocked = 0;
  bool may_go_on = false;
  int destroyed = 0;
  bool destroyed_elsewhere = false;
  std::vector<std::thread::id> threads;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// /hold keeps the exchange for the test, /block holds up the thread, /flood streams; all else is
/// answered with its path and body.
class TestHandler final : public Handler {
 public:
  explicit TestHandler(Board& board) : board_(board) {}
  ~TestHandler() override {
    board_.change([this](Board& b) {
      ++b.destroyed;
      b.destroyed_elsewhere |= std::this_thread::get_id() != made_on_;
    });
  }

  void handle(Request request, std::shared_ptr<Exchange> exchange) override {
    board_.change([](Board& b) { b.threads.push_back(std::this_thread::get_id()); });
    if (request.path() == "/hold") {
      exchange->when_gone([this] { board_.change([](Board& b) { ++b.gone; }); });
      board_.change([&](Board& b) { b.held.emplace_back(request.query(), exchange); });
    } else if (request.path() == "/block") {
      board_.change([](Board& b) { ++b.blocked; });
      board_.wait([](Board& b) { return b.may_go_on; });
      exchange->respond({.body = "/block"});
    } else if (request.path() == "/flood") {
      exchange->begin_stream({});
      flood(exchange);
    } else {
      exchange->respond({.body = std::string(request.path()) + std::string(request.body())});
    }
  }

 private:
  static constexpr std::size_t kPieceBytes = 64 * 1024;
  static constexpr int kPieces = 64;

  void flood(const std::shared_ptr<Exchange>& exchange, int pieces = 0) {
    while (pieces < kPieces && exchange->unsent_bytes() < kPieceBytes) {
      exchange->send(std::string(kPieceBytes, 'x'));
      ++pieces;
    }
    if (pieces == kPieces) {
      exchange->end();
      return;
    }
    exchange->when_unsent_at_most(0, [this, exchange, pieces] {
      board_.change([](Board& b) { ++b.drained; });
      flood(exchange, pieces);
    });
  }

  Board& board_;
  const std::thread::id made_on_ = std::this_thread::get_id();
};

class Running {
 public:
  explicit Running(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    server = Server::open(std::move(options), [this](auto&) {
               return std::make_unique<TestHandler>(board);
             }).value();
    thread_ = std::jthread([this] {
      server->run();
      board.change([this](Board&) { has_returned = true; });
    });
  }
  ~Running() {
    release();
    server->stop();
  }

  [[nodiscard]] Client client(int receive_buffer_bytes = 0) const {
    return Client(server->address(), receive_buffer_bytes);
  }

  /// Answers the held request with this query, on its thread.
  void answer(const std::string& query) {
    std::shared_ptr<Exchange> exchange;
    ASSERT_TRUE(board.wait([&](Board& b) {
      for (auto& [name, held] : b.held) {
        if (name == query && held) exchange = std::move(held);
      }
      return exchange != nullptr;
    }));
    auto executor = exchange->executor();
    boost::asio::post(executor, [exchange = std::move(exchange), query]() mutable {
      exchange->respond({.body = query});
      exchange.reset();
    });
  }

  bool wait_held(std::size_t count) {
    return board.wait([&](Board& b) { return b.held.size() >= count; });
  }

  /// Until the counters hold what is said; they change without anybody being told.
  template <class Holds>
  bool wait_stats(Holds&& holds) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds(server->stats())) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  Board board;
  std::unique_ptr<Server> server;
  bool has_returned = false;

 private:
  /// What the test still holds dies on the thread it belongs to.
  void release() {
    board.change([](Board& b) {
      for (auto& [name, held] : b.held) {
        if (!held) continue;
        auto executor = held->executor();
        boost::asio::post(executor, [held = std::move(held)]() mutable { held.reset(); });
      }
    });
  }

  std::jthread thread_;
};

}  // namespace steelyard::http::test
