#include "steelyard/monitor/report.hpp"

#include <array>

#include "steelyard/base/nearest.hpp"
#include "steelyard/monitor/json_text.hpp"
#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

struct Section {
  std::string_view name;
  std::string (*make)(const Sources&);
};

template <boost::json::object (*make)(const Sources&)>
std::string text_of(const Sources& sources) {
  return json_text(make(sources));
}

constexpr std::array<Section, 8> kSections = {{{"stats", text_of<stats_section>},
                                               {"queues", text_of<queues_section>},
                                               {"workers", text_of<workers_section>},
                                               {"states", text_of<states_section>},
                                               {"users", text_of<users_section>},
                                               {"jobs", text_of<jobs_section>},
                                               {"parts", parts_report},
                                               {"health", text_of<health_section>}}};

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
    if (section.name == what) return section.make(sources);
  }
  return unknown(what);
}

}  // namespace steelyard::monitor
