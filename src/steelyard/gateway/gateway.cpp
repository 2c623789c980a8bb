#include "steelyard/gateway/gateway.hpp"

#include <condition_variable>
#include <stop_token>
#include <utility>

#include "steelyard/gateway/route_check.hpp"
#include "steelyard/runtime/zmq/endpoint.hpp"

namespace steelyard::gateway {
namespace {

Result<void> check(const GatewayOptions& options) {
  return zmq_runtime::may_serve(options.http.listen, options.insecure).and_then([&] {
    return check_routes(options);
  });
}

/// Whether the time has passed without a stop.
bool pass(std::chrono::milliseconds time, const std::stop_token& stopped) {
  std::mutex mutex;
  std::unique_lock held(mutex);
  std::condition_variable_any never;
  never.wait_for(held, stopped, time, [] { return false; });
  return !stopped.stop_requested();
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::open(GatewayOptions options, AccessLog::Lost lost) {
  if (const auto checked = check(options); !checked) return tl::unexpected(checked.error());
  http::ServerOptions http = options.http;
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(options)));
  Lobby& lobby = gateway->lobby_;
  if (!lobby.options.access_log.empty()) {
    auto log = AccessLog::open(lobby.options.access_log, std::move(lost));
    if (!log) return tl::unexpected(log.error());
    gateway->access_log_ = *log;
    http.access = [log = *log](const http::AccessRecord& record) { log->write(record); };
  }
  auto server = http::Server::open(std::move(http), [&lobby](boost::asio::io_context& thread) {
    return std::make_unique<Door>(thread, lobby);
  });
  if (!server) return tl::unexpected(server.error());
  gateway->server_ = std::move(*server);
  lobby.address = gateway->server_->address();
  lobby.http_stats = [&served = *gateway->server_] { return served.stats(); };
  return gateway;
}

Gateway::~Gateway() = default;

void Gateway::drain(std::chrono::milliseconds wait) {
  if (lobby_.draining.exchange(true)) return;
  const std::scoped_lock lock(mutex_);
  wait_ = std::jthread([this, wait](const std::stop_token& stopped) {
    if (!pass(wait, stopped)) return;
    lobby_.board->close();  // what is streamed to pages would never end
    server_->drain();
    if (!pass(lobby_.options.drain_timeout, stopped)) return;
    cut_off_ = server_->stats().unanswered;
    server_->stop();
  });
}

void Gateway::stop() {
  {
    const std::scoped_lock lock(mutex_);
    wait_.request_stop();
  }
  server_->stop();
}

Gateway::Stats Gateway::stats() const {
  return {server_->stats(), lobby_.counters.gone, lobby_.counters.timed_out, cut_off_};
}

}  // namespace steelyard::gateway
