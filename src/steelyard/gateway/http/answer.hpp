#pragma once

#include <string>
#include <string_view>

#include "steelyard/gateway/http/message.hpp"

namespace steelyard::http {

/// How an answer is framed: what its request allows, and what becomes of the connection.
struct Framing {
  unsigned minor_version = 1;  ///< the request's
  bool head_only = false;      ///< the answer to HEAD
  bool stream = false;         ///< a body of unknown length follows
  bool close = false;          ///< it is the last answer
};

/// Whether an answer with this status has a body at all.
[[nodiscard]] bool has_body(unsigned status);

/// Appends the response to `out`, as it goes over the wire; of a stream its head and what body
/// there is. `date` is the value of the Date header.
///
/// Headers that are the server's own and headers that would break the framing are left out.
void append_answer(std::string& out, const Response& response, const Framing& framing,
                   std::string_view date);

/// Appends a piece of a stream: a chunk, or for HTTP/1.0 the bytes.
void append_piece(std::string& out, std::string_view bytes, const Framing& framing);
void append_end_of_stream(std::string& out, const Framing& framing);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string http_date(std::int64_t unix_seconds);

}  // namespace steelyard::http
