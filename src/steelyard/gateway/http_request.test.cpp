#include "steelyard/gateway/http/message.hpp"

/// Requests, for the tests of this room, which need no server.
namespace steelyard::http {

Request::Request(Message message, std::string_view peer)
    : message_(std::move(message)), peer_(peer) {
  const std::string_view target(message_.target().data(), message_.target().size());
  path_bytes_ = std::min(target.find('?'), target.size());
}

std::string_view Request::method() const {
  return {message_.method_string().data(), message_.method_string().size()};
}

std::string_view Request::path() const {
  return std::string_view(message_.target().data(), message_.target().size())
      .substr(0, path_bytes_);
}

std::string_view Request::query() const {
  const std::string_view target(message_.target().data(), message_.target().size());
  return target.substr(std::min(path_bytes_ + 1, target.size()));
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = message_.find(name);
  if (found == message_.end()) return std::nullopt;
  return std::string_view(found->value().data(), found->value().size());
}

}  // namespace steelyard::http
