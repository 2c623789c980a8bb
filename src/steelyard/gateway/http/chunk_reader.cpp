#include "steelyard/gateway/http/chunk_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "steelyard/gateway/http/characters.hpp"

namespace steelyard::http {
namespace {

tl::unexpected<Refusal> malformed(const char* detail) {
  return tl::unexpected<Refusal>(Refusal{400, "malformed", detail});
}

constexpr const char* kWrongChunk = "The body is chunked wrongly.";

/// The line without its end, once it is there.
tl::expected<std::optional<std::string_view>, Refusal> line_of(std::string_view bytes) {
  const std::size_t feed = bytes.substr(0, ChunkReader::kMaxLineBytes).find('\n');
  if (feed == std::string_view::npos) {
    if (bytes.size() < ChunkReader::kMaxLineBytes) return std::nullopt;
    return malformed("A line of the chunked body is too long.");
  }
  if (feed == 0 || bytes[feed - 1] != '\r') return malformed(kWrongChunk);
  const std::string_view line = bytes.substr(0, feed - 1);
  if (!consists_of(line, Characters::Value)) return malformed(kWrongChunk);
  return line;
}

}  // namespace

tl::expected<std::size_t, Refusal> ChunkReader::read(std::string_view bytes, std::string& body) {
  std::size_t all = 0;
  while (!is_complete() && all < bytes.size()) {
    const Taken taken = read_part(bytes.substr(all), body);
    if (!taken) return taken;
    if (*taken == 0) break;
    all += *taken;
  }
  return all;
}

ChunkReader::Taken ChunkReader::read_part(std::string_view bytes, std::string& body) {
  switch (part_) {
    case Part::Size:
      return read_size(bytes, body);
    case Part::Data:
      return read_data(bytes, body);
    case Part::DataEnd:
      return read_data_end(bytes);
    case Part::Trailers:
      return read_trailer(bytes);
    case Part::Nothing:
      break;
  }
  return 0;
}

ChunkReader::Taken ChunkReader::read_size(std::string_view bytes, const std::string& body) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size, 16);
  if (error == std::errc::invalid_argument) return malformed(kWrongChunk);
  const auto line = line_of(bytes);
  if (!line) return tl::unexpected<Refusal>(line.error());
  if (!line->has_value()) return 0;
  std::string_view rest = (*line)->substr(static_cast<std::size_t>(end - bytes.data()));
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  if (error != std::errc() || (!rest.empty() && rest.front() != ';')) {
    return malformed(kWrongChunk);
  }
  if (size > max_body_bytes_ - body.size()) {
    return tl::unexpected<Refusal>(kBodyTooLarge);
  }
  left_ = size;
  part_ = size == 0 ? Part::Trailers : Part::Data;
  return (*line)->size() + 2;
}

ChunkReader::Taken ChunkReader::read_data(std::string_view bytes, std::string& body) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  body.append(bytes.substr(0, size));
  left_ -= size;
  if (left_ == 0) part_ = Part::DataEnd;
  return size;
}

ChunkReader::Taken ChunkReader::read_data_end(std::string_view bytes) {
  if (!std::string_view("\r\n").starts_with(bytes.substr(0, 2))) return malformed(kWrongChunk);
  if (bytes.size() < 2) return 0;
  part_ = Part::Size;
  return 2;
}

ChunkReader::Taken ChunkReader::read_trailer(std::string_view bytes) {
  const auto line = line_of(bytes);
  if (!line) return tl::unexpected<Refusal>(line.error());
  if (!line->has_value()) return 0;
  const std::size_t size = (*line)->size() + 2;
  trailer_bytes_ += size;
  const bool is_end = (*line)->empty();
  if (is_end) part_ = Part::Nothing;
  const std::size_t colon = (*line)->find_first_of(" \t:");
  const bool is_field = colon != std::string_view::npos && colon > 0 && (**line)[colon] == ':';
  if (trailer_bytes_ > kMaxTrailerBytes || (!is_end && !is_field)) {
    return malformed("The trailers of the chunked body are wrong, or too long.");
  }
  return size;
}

}  // namespace steelyard::http
