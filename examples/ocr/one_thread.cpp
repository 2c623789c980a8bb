#include "ocr/one_thread.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

namespace ocr {

steelyard::Result<void> limit_to_one_thread(char** arguments) {
  constexpr const char* kLimit = "OMP_THREAD_LIMIT";
  const char* const limit = std::getenv(kLimit);
  if (limit != nullptr && std::string_view(limit) == "1") return {};
  if (::setenv(kLimit, "1", 1) == 0) ::execv("/proc/self/exe", arguments);
  return steelyard::failure(
      steelyard::ErrorCode::SystemError,
      fmt::format("cannot start again with {}=1: {}", kLimit, std::strerror(errno)));
}

}  // namespace ocr
