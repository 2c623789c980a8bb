#pragma once

/// What the program's exit status says to a shell.
namespace steelyard::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;         ///< a job failed, or the command could not be carried out
inline constexpr int kWrongUsage = 2;     ///< a wrong command, flag, value or endpoint
inline constexpr int kNoBroker = 3;       ///< no broker answered
inline constexpr int kInterrupted = 130;  ///< stopped with Ctrl+C before it was done
inline constexpr int kReaderGone = 141;   ///< whoever read the output has gone, as after `| head`

}  // namespace steelyard::cli
