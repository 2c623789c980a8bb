#include "steelyard/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace steelyard::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "steelyard: assertion failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace steelyard::base
