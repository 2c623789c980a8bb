#pragma once

#include "steelyard/base/result.hpp"

namespace ocr {

/// Sees to it that Tesseract reads with one thread, as a worker is one of many. OpenMP looks at its
/// limit while the program is being loaded, so that setting it is too late by now: unless it is
/// set, the program starts itself anew with the same arguments. Requires: nothing has been opened
/// or started yet. Errors: SystemError.
[[nodiscard]] steelyard::Result<void> limit_to_one_thread(char** arguments);

}  // namespace ocr
