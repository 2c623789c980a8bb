#include "fleet/real/services.hpp"

#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include "fleet/real/delay.hpp"
#include "fleet/real/dns_service.hpp"
#include "fleet/real/greeting_service.hpp"
#include "fleet/real/http_service.hpp"

namespace fleet {

struct LoopbackServices::Parts {
  boost::asio::io_context io{1};
  RandomDelay delay;
  GreetingService greeting{io, delay};
  HttpService http{io, delay};
  DnsService dns{io, delay};
};

steelyard::Result<std::unique_ptr<LoopbackServices>> LoopbackServices::start() {
  try {
    return std::unique_ptr<LoopbackServices>(new LoopbackServices(std::make_unique<Parts>()));
  } catch (const boost::system::system_error& error) {
    return steelyard::failure(steelyard::ErrorCode::SystemError,
                              std::string("cannot start the services: ") + error.what());
  }
}

LoopbackServices::LoopbackServices(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)), thread_([this] { parts_->io.run(); }) {}

LoopbackServices::~LoopbackServices() {
  parts_->io.stop();
  thread_.join();
}

std::uint16_t LoopbackServices::greeting_port() const {
  return parts_->greeting.port();
}
std::uint16_t LoopbackServices::http_port() const {
  return parts_->http.port();
}
std::uint16_t LoopbackServices::dns_port() const {
  return parts_->dns.port();
}

}  // namespace fleet
