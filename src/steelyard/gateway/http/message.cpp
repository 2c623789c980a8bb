#include "steelyard/gateway/http/message.hpp"

#include <algorithm>

#include "steelyard/base/assert.hpp"

namespace steelyard::http {
namespace {

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Request::Request(Message message, std::string_view peer)
    : message_(std::move(message)), peer_(peer) {
  const std::string_view target = view(message_.target());
  STEELYARD_ASSERT(target.starts_with('/'));
  path_bytes_ = std::min(target.find('?'), target.size());
}

std::string_view Request::method() const {
  return view(message_.method_string());
}

std::string_view Request::path() const {
  return view(message_.target()).substr(0, path_bytes_);
}

std::string_view Request::query() const {
  const std::string_view target = view(message_.target());
  return path_bytes_ == target.size() ? std::string_view() : target.substr(path_bytes_ + 1);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto field = message_.find({name.data(), name.size()});
  if (field == message_.end()) return std::nullopt;
  return view(field->value());
}

}  // namespace steelyard::http
