#include "steelyard/gateway/http/server.hpp"

#include <thread>
#include <vector>

#include <boost/asio/post.hpp>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/http/acceptor.hpp"
#include "steelyard/gateway/http/address.hpp"

namespace steelyard::http {
namespace {

namespace asio = boost::asio;

class ThreadedServer final : public Server {
 public:
  ThreadedServer(ServerOptions options, MakeHandler make_handler)
      : options_(std::move(options)), make_handler_(std::move(make_handler)) {
    for (std::uint32_t i = 0; i < options_.threads; ++i) {
      threads_.push_back(std::make_unique<ServerThread>(options_, make_handler_, count_));
    }
  }

  [[nodiscard]] Result<void> listen() {
    const auto endpoint = parse_address(options_.listen);
    if (!endpoint) return tl::unexpected<Error>(endpoint.error());
    auto acceptor = Acceptor::open(*endpoint, threads_, count_, options_.max_connections);
    if (!acceptor) return tl::unexpected<Error>(acceptor.error());
    acceptor_ = std::move(*acceptor);
    address_ = to_text(acceptor_->endpoint());
    return {};
  }

  [[nodiscard]] std::string address() const override { return address_; }

  void run() override {
    acceptor_->start();
    std::vector<std::jthread> running;
    for (const auto& thread : threads_) running.emplace_back([&thread] { thread->run(); });
  }

  void drain() override {
    asio::post(threads_.front()->context(), [this] {
      acceptor_->drain();
      // Behind what the acceptor gave them.
      for (const auto& thread : threads_) {
        asio::post(thread->context(), [&thread] { thread->drain(); });
      }
    });
  }

  void stop() override {
    asio::post(threads_.front()->context(), [this] { acceptor_->close(); });
    for (const auto& thread : threads_) {
      asio::post(thread->context(), [&thread] { thread->stop(); });
    }
  }

  [[nodiscard]] ServerStats stats() const override {
    ServerStats sum;
    for (const auto& thread : threads_) {
      const Counters& counters = thread->counters();
      sum.connections += counters.connections.read();
      sum.refused += counters.refused.read();
      sum.requests += counters.requests.read();
      sum.malformed += counters.malformed.read();
      sum.timed_out += counters.timed_out.read();
      sum.gone += counters.gone.read();
      for (std::size_t i = 0; i < sum.answers.size(); ++i) {
        sum.answers[i] += counters.answers[i].read();
      }
      sum.open_connections += static_cast<std::uint32_t>(counters.open_connections.read());
      sum.unanswered += static_cast<std::uint32_t>(counters.unanswered.read());
    }
    return sum;
  }

 private:
  const ServerOptions options_;
  const MakeHandler make_handler_;
  ConnectionCount count_;
  Acceptor::Threads threads_;
  std::unique_ptr<Acceptor> acceptor_;
  std::string address_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, MakeHandler make_handler) {
  if (options.threads == 0)
    return failure(ErrorCode::InvalidArgument, "threads must be at least 1");
  auto server = std::make_unique<ThreadedServer>(std::move(options), std::move(make_handler));
  if (auto listening = server->listen(); !listening) {
    return tl::unexpected<Error>(listening.error());
  }
  return server;
}

}  // namespace steelyard::http
