#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace steelyard::config {

/// A place in a text, both counted from 1; the column in bytes.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Member;

/// A value of a JSON text, and where it begins.
struct Value {
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;  ///< in the order of the text; no name twice

  Place place{};
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array,
               Object>
      data;  // null at first; an initialiser here would need members to be complete
};

struct Member {
  std::string name;
  Place place{};  ///< of the name
  Value value{};
};

/// Something wrong in a configuration.
struct Mistake {
  Place place{};
  std::string path{};  ///< "gateway.routes[2].queue"; empty: the text itself
  std::string text{};  ///< what is wrong, and what would be right
};

/// A text that was read as far as it can be.
struct Document {
  Value root{};
  std::vector<Mistake> mistakes{};
};

/// Limits of a configuration's text.
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxDepth = 16;

/// Reads JSON with comments (`//` to the end of the line, `/* … */`). A name that an object has
/// twice is a mistake, of which the first value stays; what is not JSON is the last mistake, and
/// leaves the root empty. Cost: O(bytes · log of the members of an object).
[[nodiscard]] Document parse(std::string_view text);

}  // namespace steelyard::config
