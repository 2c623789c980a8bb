#pragma once

/// How the example programs end; the same numbers as the steelyard program's.
namespace example {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;         ///< a job failed or a check did not hold
inline constexpr int kWrongUsage = 2;     ///< a flag or file that cannot be used
inline constexpr int kNoBroker = 3;       ///< no broker or worker answered in time
inline constexpr int kInterrupted = 130;  ///< Ctrl+C, as shells count it

}  // namespace example
