#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

/// What a client asks and is answered over HTTP (RFC 9110, RFC 9112).
namespace steelyard::http {

struct Header {
  std::string name;
  std::string value;
};

/// A request, whole: its body has come, within the limit, and its framing was sound.
///
/// Invariants: the path begins with '/'; neither path nor query nor a header has a control
/// character. They are as they were sent: percent-encoding is not undone.
class Request {
 public:
  using Message = boost::beast::http::request<boost::beast::http::string_body>;

  /// Requires: a target in origin form, "/path?query".
  Request(Message message, std::string_view peer);

  [[nodiscard]] std::string_view method() const;  ///< "GET"
  [[nodiscard]] std::string_view path() const;    ///< up to the '?'
  [[nodiscard]] std::string_view query() const;   ///< after the '?'; empty: there is none
  /// The first header of this name, in whatever case it was written.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Calls `visit(name, value)` for each header, as sent and in the order in which they came.
  template <class Visit>
  void each_header(Visit&& visit) const {
    for (const auto& field : message_) {
      visit(std::string_view(field.name_string()), std::string_view(field.value()));
    }
  }
  [[nodiscard]] std::string_view body() const { return message_.body(); }
  [[nodiscard]] std::string take_body() { return std::move(message_.body()); }
  /// The other end's address, "127.0.0.1:51234".
  [[nodiscard]] std::string_view peer() const { return peer_; }

 private:
  Message message_;
  std::string peer_;
  std::size_t path_bytes_ = 0;
};

/// An answer. `Content-Length`, `Date`, `Connection` and framing are the server's.
struct Response {
  unsigned status = 200;
  std::string content_type{};  ///< empty: none is said
  std::string body{};
  std::vector<Header> headers{};  ///< besides
};

}  // namespace steelyard::http
