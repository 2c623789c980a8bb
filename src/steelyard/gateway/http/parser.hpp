#pragma once

#include <cstdint>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "steelyard/gateway/http/chunk_reader.hpp"
#include "steelyard/gateway/http/head_check.hpp"
#include "steelyard/gateway/http/message.hpp"

namespace steelyard::http {

/// One request out of its bytes. The head has been checked before; the framing of the body is
/// checked here.
class Parser final : private boost::beast::http::basic_parser<true> {
 public:
  /// Reads a whole head. Requires: `check_head` has read it as `facts`, and the version in it is
  /// 1.0 or 1.1.
  /// Errors: Malformed head after all; body larger than `max_body_bytes` (413).
  [[nodiscard]] std::optional<Refusal> read_head(std::string_view head, const HeadFacts& facts,
                                                 std::uint64_t max_body_bytes);

  /// The body is there.
  [[nodiscard]] bool is_complete() const { return is_chunked_ ? chunks_.is_complete() : is_done(); }

  /// Reads of the body what can be read of it, and says how many bytes that was. What is left
  /// comes again, with more behind it.
  /// Requires: it is not complete. Errors: wrong chunking (400); too large (413).
  [[nodiscard]] tl::expected<std::size_t, Refusal> read_body(std::string_view bytes);

  /// Requires: it is complete.
  [[nodiscard]] Request::Message take() { return std::move(message_); }

 private:
  using Field = boost::beast::http::field;
  using Verb = boost::beast::http::verb;
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;

  void on_request_impl(Verb verb, Text method, Text target, int version, Code& error) override;
  void on_response_impl(int, Text, int, Code&) override {}
  void on_field_impl(Field field, Text name, Text value, Code& error) override;
  void on_header_impl(Code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code& error) override;
  std::size_t on_body_impl(Text bytes, Code& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, Text bytes, Code& error) override;
  void on_finish_impl(Code& error) override;

  Request::Message message_;
  ChunkReader chunks_;
  bool is_chunked_ = false;
};

}  // namespace steelyard::http
