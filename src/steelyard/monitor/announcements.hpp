#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/ids.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/base/time.hpp"

namespace steelyard::monitor {

/// What a part that is no worker, a hub or a gateway, says about itself.
struct Announcement {
  std::string kind;
  std::string name;
  std::string members;  ///< of the object, as JSON text without its braces; may be empty
  std::vector<std::string> warnings;  ///< sentences for the report `health`
  TimePoint at;                       ///< when the broker heard it

  /// Reads one, with what it says as a JSON object: `kind` is "hub" or "gateway", `name` a valid
  /// name; a member `warnings` is a list of sentences.
  /// Errors: InvalidName; InvalidArgument for another kind, a text that is no object or too long,
  /// a member that the report says itself, or too many warnings.
  [[nodiscard]] static Result<Announcement> parse(std::string_view kind, std::string_view name,
                                                  std::string_view json);
};

inline constexpr std::size_t kMaxAnnouncementBytes = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxAnnouncedWarnings = 20;
inline constexpr std::size_t kMaxAnnouncedWarningBytes = 500;
inline constexpr std::size_t kMaxParts = 256;

/// The latest announcement of each client that has made one, for as long as its session lasts.
/// Thread safety: none.
class Announcements {
 public:
  /// Takes the place of what `session` announced before.
  /// Errors: TooManyParts; nothing changed.
  [[nodiscard]] Result<void> put(SessionId session, Announcement announcement);
  void forget(SessionId session);
  /// Forgets those for which `is_over(session)`.
  template <class IsOver>
  void forget_if(IsOver is_over) {
    std::erase_if(by_session_, [&is_over](const auto& entry) { return is_over(entry.first); });
  }

  [[nodiscard]] const std::map<SessionId, Announcement>& all() const { return by_session_; }

 private:
  std::map<SessionId, Announcement> by_session_;
};

}  // namespace steelyard::monitor
