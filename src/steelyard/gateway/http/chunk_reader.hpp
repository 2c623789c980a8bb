#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "steelyard/gateway/http/refusal.hpp"

namespace steelyard::http {

/// Takes a body out of its chunks (RFC 9112, section 7.1), however they are cut. Extensions and
/// trailers are read over.
///
/// Not Beast's: its reader looks for the end of an extension beyond the end of its line, so that
/// what it understands depends on how much has come.
class ChunkReader {
 public:
  explicit ChunkReader(std::uint64_t max_body_bytes = 0) : max_body_bytes_(max_body_bytes) {}

  /// Appends to `body` what is there of it, and says how many bytes were read. What is left, no
  /// more than `kMaxLineBytes`, comes again with more behind it.
  /// Requires: it is not complete. Errors: wrong chunking (400), a larger body than allowed (413).
  [[nodiscard]] tl::expected<std::size_t, Refusal> read(std::string_view bytes, std::string& body);

  [[nodiscard]] bool is_complete() const { return part_ == Part::Nothing; }

  static constexpr std::size_t kMaxLineBytes = 4 * 1024;
  static constexpr std::size_t kMaxTrailerBytes = 16 * 1024;

 private:
  enum class Part : unsigned char { Size, Data, DataEnd, Trailers, Nothing };
  using Taken = tl::expected<std::size_t, Refusal>;  ///< 0: more has to come

  Taken read_part(std::string_view bytes, std::string& body);
  Taken read_size(std::string_view bytes, const std::string& body);
  Taken read_data(std::string_view bytes, std::string& body);
  Taken read_data_end(std::string_view bytes);
  Taken read_trailer(std::string_view bytes);

  std::uint64_t max_body_bytes_;
  std::uint64_t left_ = 0;  ///< of the chunk
  std::size_t trailer_bytes_ = 0;
  Part part_ = Part::Size;
};

}  // namespace steelyard::http
