#pragma once

#include <string>
#include <string_view>

#include "steelyard/base/result.hpp"

namespace fleet {

struct HttpReply {
  int status = 0;
  std::string body;  ///< as it came; a chunked one is not put together
};

/// Reads all that a server sent before it closed the connection.
/// Errors: Malformed for anything but an HTTP/1.x reply, and for a body that is not as long as its
/// Content-Length says.
[[nodiscard]] steelyard::Result<HttpReply> parse_http_reply(std::string_view bytes);

}  // namespace fleet
