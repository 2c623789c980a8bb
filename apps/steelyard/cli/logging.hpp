#pragma once

namespace steelyard::cli {

/// Sets up the log of a long-running command: one line per event on standard error, written at
/// once. `to_output`: on standard output instead, for a parent that reads it through a pipe.
void start_log(bool to_output);

}  // namespace steelyard::cli
