#include "steelyard/monitor/report.hpp"

#include <array>

#include "steelyard/base/nearest.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

struct Section {
  std::string_view name;
  boost::json::object (*make)(const Sources&);
};

constexpr std::array<Section, 7> kSections = {{{"stats", stats_section},
                                               {"queues", queues_section},
                                               {"workers", workers_section},
                                               {"states", states_section},
                                               {"users", users_section},
                                               {"jobs", jobs_section},
                                               {"health", health_section}}};

tl::unexpected<Error> unknown(std::string_view what) {
  std::vector<std::string> known;
  std::string list;
  for (const Section& section : kSections) {
    known.emplace_back(section.name);
    list.append(list.empty() ? "" : ", ").append(section.name);
  }
  // Whoever asks may be a stranger; an endless word is not sent back to it.
  std::string message = "no report about '" + std::string(what.substr(0, 100)) + "'";
  if (what.size() <= 100) {
    const std::string near = base::nearest(what, known);
    if (!near.empty()) message.append(", did you mean '").append(near).append("'?");
  }
  return failure(ErrorCode::InvalidArgument, message.append(" (known: ").append(list) + ")");
}

}  // namespace

Result<std::string> report(std::string_view what, const Sources& sources) {
  for (const Section& section : kSections) {
    if (section.name == what) return json_text(section.make(sources));
  }
  return unknown(what);
}

}  // namespace steelyard::monitor
