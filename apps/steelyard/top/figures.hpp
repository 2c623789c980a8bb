#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Figures in few places, for columns of `steelyard top`. What was not measured (NaN) is "-".
namespace steelyard::cli {

/// "12,345", and from 100 million on "123M", "4,567M".
[[nodiscard]] std::string short_count(double count);

/// "0.4ms", "12ms", "2.3s", "5m20s", "3h05m", "2d4h": at most 6 places up to 99 days.
[[nodiscard]] std::string short_time(double seconds);

/// Of something per second: "0", "0.3", "12.5", "1,204".
[[nodiscard]] std::string short_rate(double per_s);

/// Of a share: "0%", "42%", "100%".
[[nodiscard]] std::string short_percent(double share);

/// Exactly `width` places: what is longer ends in "…", what is shorter is filled with blanks.
[[nodiscard]] std::string in_places(std::string_view text, std::size_t width, bool to_the_right);

}  // namespace steelyard::cli
