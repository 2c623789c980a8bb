#pragma once

#include <memory>

namespace zmq {
class context_t;
}

namespace steelyard {

/// The ZeroMQ context of one or more parts. `inproc://` endpoints are seen only by parts that share
/// a context; for the other transports nothing needs to be shared.
/// Thread safety: may be shared by parts in any threads. It must outlive them (they hold it).
class Context {
 public:
  Context();
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] zmq::context_t& native() { return *native_; }

 private:
  std::unique_ptr<zmq::context_t> native_;
};

/// Where a broker is when nothing else is said.
inline constexpr const char* kDefaultEndpoint = "tcp://127.0.0.1:7411";

}  // namespace steelyard
