// Any bytes through the codec: they are understood or refused, and what is understood and written
// again is understood the same way.
#include <cstdint>
#include <string_view>

#include "steelyard/base/assert.hpp"
#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"
#include "steelyard/wire/parts.hpp"

namespace {

using namespace steelyard;

void check_columns(const wire::Envelope& envelope) {
  wire::Submit submit;
  if (!wire::read(envelope, submit)) return;
  std::string_view block = envelope.block;
  for (const wire::SubmitRun& run : submit.runs()) {
    const auto column = wire::Column::take(run.lengths(), block);
    if (!column) return;
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < column->count(); ++i) total += (*column)[i].size();
    STEELYARD_ASSERT(total == column->bytes().size());
    if (column->count() > 0) STEELYARD_ASSERT(column->longest() <= total);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)wire::unpack_answers(bytes);
  if (const auto parts = wire::unpack_parts(bytes)) {
    const std::vector<std::string> copies(parts->begin(), parts->end());
    const std::string packed = wire::pack_parts(copies);
    STEELYARD_ASSERT(*wire::unpack_parts(packed) ==
                     std::vector<std::string_view>(copies.begin(), copies.end()));
  }
  if (const auto envelope = wire::open(bytes)) check_columns(*envelope);
  return 0;
}
