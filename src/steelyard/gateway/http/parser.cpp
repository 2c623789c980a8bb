#include "steelyard/gateway/http/parser.hpp"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>

namespace steelyard::http {
namespace {

/// What is set aside for a body because of its declared length alone.
constexpr std::uint64_t kTrustedBodyBytes = 256 * 1024;

}  // namespace

std::optional<Refusal> Parser::read_head(std::string_view head, const HeadFacts& facts,
                                         std::uint64_t max_body_bytes) {
  if (facts.content_length.value_or(0) > max_body_bytes) return kBodyTooLarge;
  header_limit(std::numeric_limits<std::uint32_t>::max());  // whoever found the head kept it
  body_limit(max_body_bytes);
  eager(false);
  Code error;
  const std::size_t taken = put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || taken != head.size()) {
    return Refusal{400, "malformed", "The head of the request could not be read."};
  }
  is_chunked_ = facts.chunked;
  chunks_ = ChunkReader(max_body_bytes);
  if (!facts.authority.empty())
    message_.set(Field::host, {facts.authority.data(), facts.authority.size()});
  if (!facts.path.starts_with('/')) {
    const std::string target = "/" + std::string(facts.path);
    message_.target(target);
  } else if (facts.path.size() != facts.target.size()) {
    message_.target({facts.path.data(), facts.path.size()});
  }
  return std::nullopt;
}

tl::expected<std::size_t, Refusal> Parser::read_body(std::string_view bytes) {
  if (is_chunked_) return chunks_.read(bytes, message_.body());
  Code error;
  const std::size_t taken = put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (!error) return taken;
  return tl::unexpected<Refusal>(Refusal{400, "malformed", "The body could not be read."});
}

void Parser::on_request_impl(Verb verb, Text method, Text target, int version, Code&) {
  if (verb == Verb::unknown) {
    message_.method_string(method);
  } else {
    message_.method(verb);
  }
  message_.target(target);
  message_.version(static_cast<unsigned>(version));
}

void Parser::on_field_impl(Field field, Text name, Text value, Code&) {
  message_.insert(field, name, value);
}

void Parser::on_header_impl(Code&) {}

void Parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) {
  message_.body().reserve(std::min(length.value_or(0), kTrustedBodyBytes));
}

std::size_t Parser::on_body_impl(Text bytes, Code&) {
  message_.body().append(bytes.data(), bytes.size());
  return bytes.size();
}

void Parser::on_chunk_header_impl(std::uint64_t, Text, Code&) {}

std::size_t Parser::on_chunk_body_impl(std::uint64_t, Text bytes, Code& error) {
  return on_body_impl(bytes, error);
}

void Parser::on_finish_impl(Code&) {}

}  // namespace steelyard::http
