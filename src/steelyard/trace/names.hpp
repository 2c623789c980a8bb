#pragma once

#include <string>
#include <vector>

namespace steelyard::trace {

/// The names behind the numbers in a recording, as far as it was read.
struct Names {
  std::vector<std::string> queues;
  std::vector<std::string> states;
  std::vector<std::string> users;
  std::vector<std::string> tags;
};

}  // namespace steelyard::trace
