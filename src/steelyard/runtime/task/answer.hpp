#pragma once

#include <string>
#include <variant>

namespace steelyard {

/// Instead of a result: the job goes on in another queue, or in its own once more.
///
/// It stays the same job: same id, same requester, who hears of it only what the last stage
/// answers. Its user, priority, tags, deadline and time limit go with it. A job may be forwarded
/// `max_hops` times (1,000 by default); once more and it fails with TooManyHops.
struct Forward {
  std::string queue;    ///< need not be served yet
  std::string payload;  ///< instead of the one before
  std::string state{};  ///< that the next stage needs; empty: none

  friend bool operator==(const Forward&, const Forward&) = default;
};

/// What a work function gives back: the result, or where the job goes on. An error is thrown.
struct Answer : std::variant<std::string, Forward> {
  using std::variant<std::string, Forward>::variant;
};

}  // namespace steelyard
