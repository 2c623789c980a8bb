// Any bytes as what a process of `--lines` writes: however the pipe cuts them, the lines are the
// same, and each is understood or refused.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/assert.hpp"
#include "steelyard/runtime/task/line_buffer.hpp"
#include "steelyard/runtime/task/lines_codec.hpp"
#include "steelyard/runtime/task/lines_payload.hpp"
#include "steelyard/runtime/task/parts.hpp"
#include "steelyard/runtime/task/text_encoding.hpp"

namespace {

using namespace steelyard;

std::vector<std::string> lines_of(std::string_view bytes, std::size_t piece_bytes) {
  LineBuffer buffer;
  std::vector<std::string> lines;
  std::size_t cut_bytes = bytes.size();
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    buffer.append(piece);
    while (auto line = buffer.next()) {
      cut_bytes -= line->size() + 1;
      lines.push_back(std::move(*line));
    }
  }
  STEELYARD_ASSERT(buffer.pending_bytes() == cut_bytes);
  return lines;
}

/// What an answer says is within its range, and what it carries came from its line.
void check(const LinesAnswer& answer, std::string_view line) {
  if (answer.progress_percent) STEELYARD_ASSERT(*answer.progress_percent <= kAllDone_percent);
  if (answer.loaded_s) STEELYARD_ASSERT(*answer.loaded_s >= 0);
  if (const auto* partial = std::get_if<LinesAnswer::Partial>(&answer.what)) {
    // A number may be longer as text than it was: 1e300.
    STEELYARD_ASSERT(partial->bytes.size() <= 400 * line.size());
  }
  if (const auto* forward = std::get_if<Forward>(&answer.what)) {
    STEELYARD_ASSERT(forward->queue.size() <= line.size());
    STEELYARD_ASSERT(forward->state.size() <= line.size());
    STEELYARD_ASSERT(forward->payload.size() <= 400 * line.size());
  }
}

/// Any bytes are parts or are not; those that are can be packed again, and told in a line that is
/// understood.
void check_parts(std::string_view bytes) {
  const auto parts = unpack_parts(bytes);
  STEELYARD_ASSERT(parts || has_parts(bytes));
  if (!parts || !has_parts(bytes)) return;
  STEELYARD_ASSERT(pack_parts(*parts) == bytes);
  const std::string line = "{\"id\":\"1\"," + encode_payload_member(bytes) + "}";
  const auto answer = parse_answer_line(line);
  STEELYARD_ASSERT(answer.has_value());
  const auto* done = std::get_if<LinesAnswer::Done>(&answer->what);
  STEELYARD_ASSERT(done != nullptr && done->result == bytes);
}

/// What goes to the process is one line each, whatever the job is.
void check_requests(std::string_view bytes) {
  const Work work{.queue = "q", .payload = bytes, .state = "m", .user = {}, .id = "7-1"};
  const bool is_text = is_valid_utf8(bytes);
  for (const std::string& line : {encode_job_line(work), encode_cancel_line(is_text ? bytes : "1"),
                                  encode_evict_line(is_text ? bytes : "1")}) {
    STEELYARD_ASSERT(std::ranges::count(line, '\n') == 1 && line.ends_with('\n'));
    STEELYARD_ASSERT(is_valid_utf8(line));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = std::size_t{data[0]} + 1;
  const std::string_view output(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> lines = lines_of(output, piece_bytes);
  STEELYARD_ASSERT(lines == lines_of(output, std::max<std::size_t>(size, 1)));
  for (const std::string& line : lines) {
    if (const auto answer = parse_answer_line(line)) check(*answer, line);
  }
  check_requests(output);
  check_parts(output);
  return 0;
}
