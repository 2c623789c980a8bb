#include "steelyard/runtime/zmq/context.hpp"

#include <zmq.hpp>

namespace steelyard {

Context::Context() : native_(std::make_unique<zmq::context_t>()) {}
Context::~Context() = default;

}  // namespace steelyard
