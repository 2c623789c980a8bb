#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::sim {

/// A number that a workload can be given. Its name carries its unit.
struct Parameter {
  std::string name;
  double standard = 0;  ///< when it is not given
  double min = 0;
  double max = 0;
  std::string meaning;
  bool whole = false;
};

/// The numbers of a workload, each within its range.
class Parameters {
 public:
  /// Reads `name=number,…`; what is not given has its standard value.
  /// Errors: InvalidArgument for an unknown name, one given twice, or a number outside its range,
  /// saying what there is.
  [[nodiscard]] static Result<Parameters> read(std::string_view text,
                                               std::span<const Parameter> known);

  /// Gives the parameter of this name another value, if there is one.
  void set(std::string_view name, double value);

  /// Requires (asserted): there is a parameter of this name.
  [[nodiscard]] double operator[](std::string_view name) const;
  [[nodiscard]] std::uint32_t whole(std::string_view name) const;
  [[nodiscard]] Duration seconds(std::string_view name) const;
  [[nodiscard]] Duration milliseconds(std::string_view name) const;

 private:
  [[nodiscard]] Result<void> read_one(std::string_view text, std::span<const Parameter> known);

  std::map<std::string, double, std::less<>> values_;
};

/// "unknown WHAT 'word', did you mean 'near'? (known: …)"
[[nodiscard]] tl::unexpected<Error> unknown(std::string_view what, std::string_view word,
                                            const std::vector<std::string>& known);

}  // namespace steelyard::sim
