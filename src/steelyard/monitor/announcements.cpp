#include "steelyard/monitor/announcements.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::monitor {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 2> kKinds{"hub", "gateway"};
constexpr std::array<std::string_view, 4> kReserved{"kind", "name", "heard_ago_s",
                                                    "announced_ago_s"};

tl::unexpected<Error> wrong(std::string text) {
  return failure(ErrorCode::InvalidArgument, "an announcement " + std::move(text));
}

Result<std::vector<std::string>> warnings_of(const json::object& object) {
  std::vector<std::string> warnings;
  const json::value* list = object.if_contains("warnings");
  if (list == nullptr) return warnings;
  if (!list->is_array() || list->as_array().size() > kMaxAnnouncedWarnings) {
    return wrong(fmt::format("has a list of at most {} warnings", kMaxAnnouncedWarnings));
  }
  for (const json::value& warning : list->as_array()) {
    if (!warning.is_string() || warning.as_string().size() > kMaxAnnouncedWarningBytes) {
      return wrong(fmt::format("has warnings that are texts of at most {} bytes",
                               kMaxAnnouncedWarningBytes));
    }
    warnings.emplace_back(warning.as_string());
  }
  return warnings;
}

}  // namespace

Result<Announcement> Announcement::parse(std::string_view kind, std::string_view name,
                                         std::string_view json) {
  if (std::ranges::find(kKinds, kind) == kKinds.end()) {
    return wrong("is of kind \"hub\" or \"gateway\"");
  }
  if (!is_valid_name(name)) {
    return failure(ErrorCode::InvalidName,
                   "the name of a part that announces itself is not allowed");
  }
  const auto too_long = [] {
    return wrong(fmt::format("has at most {} bytes", kMaxAnnouncementBytes));
  };
  if (json.size() > kMaxAnnouncementBytes) return too_long();
  boost::system::error_code error;
  const json::value value = json::parse({json.data(), json.size()}, error);
  if (error || !value.is_object()) return wrong("is one JSON object");
  const json::object& object = value.as_object();
  for (const std::string_view reserved : kReserved) {
    if (object.contains({reserved.data(), reserved.size()})) {
      return wrong(fmt::format("has no member \"{}\": the report says that itself", reserved));
    }
  }
  auto warnings = warnings_of(object);
  if (!warnings) return tl::unexpected(warnings.error());
  const std::string text = json_text(value);
  // Numbers may be longer written out.
  if (text.size() > kMaxAnnouncementBytes) return too_long();
  return Announcement{std::string(kind), std::string(name), text.substr(1, text.size() - 2),
                      std::move(*warnings), TimePoint()};
}

Result<void> Announcements::put(SessionId session, Announcement announcement) {
  if (by_session_.size() >= kMaxParts && !by_session_.contains(session)) {
    return failure(ErrorCode::TooManyParts,
                   fmt::format("{} hubs and gateways have announced themselves, which is the "
                               "limit: end some",
                               kMaxParts));
  }
  by_session_.insert_or_assign(session, std::move(announcement));
  return {};
}

void Announcements::forget(SessionId session) {
  by_session_.erase(session);
}

}  // namespace steelyard::monitor
