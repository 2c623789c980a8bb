#include <algorithm>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

/// Hubs and gateways, as they announced themselves.
namespace steelyard::monitor {

void append_part(std::string& into, const Sources& sources, SessionId session,
                 const Announcement& part) {
  const TimePoint heard = std::max(sources.scheduler.last_heard(session), part.at);
  fmt::format_to(std::back_inserter(into),
                 R"({{"kind":"{}","name":"{}","heard_ago_s":{},"announced_ago_s":{})", part.kind,
                 part.name, json_text(seconds(sources.now - heard)),
                 json_text(seconds(sources.now - part.at)));
  if (!part.members.empty()) into.append(",").append(part.members);
  into.append("}");
}

std::string parts_report(const Sources& sources) {
  std::string text = R"({"rows":[)";
  if (sources.parts != nullptr) {
    std::string_view separator;
    for (const auto& [session, part] : sources.parts->all()) {
      text.append(separator);
      append_part(text, sources, session, part);
      separator = ",";
    }
  }
  return text.append(R"(],"rows_omitted":0})");
}

}  // namespace steelyard::monitor
