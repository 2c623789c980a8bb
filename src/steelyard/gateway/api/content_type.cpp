#include "steelyard/gateway/api/content_type.hpp"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostJsonBytes = std::size_t{64} * 1024;

/// Takes note of nothing: only whether it is JSON counts.
struct Blind {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  using Error = json::error_code;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t, Error&) { return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_key(json::string_view, std::size_t, Error&) { return true; }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

bool is_json(std::string_view text) {
  if (text.size() > kMostJsonBytes) return false;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return false;
  json::basic_parser<Blind> parser{json::parse_options()};
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  return !error && text.find_first_not_of(" \t\r\n", read) == std::string_view::npos;
}

bool is_text(std::string_view bytes) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  };
  return std::ranges::none_of(bytes, is_control) && is_valid_utf8(bytes);
}

}  // namespace

std::string_view content_type_of(std::string_view result) {
  if (result.empty() || !is_text(result)) return "application/octet-stream";
  return is_json(result) ? "application/json" : "text/plain; charset=utf-8";
}

}  // namespace steelyard::gateway
