#include "steelyard/hub/announcement.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/monitor/announcements.hpp"

namespace steelyard::hub {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTextBytes = 400;

/// Not in the middle of a character.
std::string shortened(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  std::size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

json::object group_row(const Crew& crew, bool with_evidence) {
  const GroupSpec& spec = crew.spec();
  json::array queues;
  for (const std::string& queue : spec.queues) queues.emplace_back(queue);
  return {{"group", spec.name},
          {"queues", std::move(queues)},
          {"wanted", crew.wanted()},
          {"running", crew.running()},
          {"starting", crew.starting()},
          {"min", spec.size.min},
          {"max", spec.size.max},
          {"state", to_string(crew.state())},
          {"restarts", crew.restarts()},
          {"why", shortened(crew.why())},
          {"evidence", with_evidence ? shortened(crew.evidence()) : std::string()}};
}

}  // namespace

std::string warning_of(const Crew& crew) {
  const std::string& group = crew.spec().name;
  const std::uint32_t crashes = crew.restarting().crashes_in_a_row();
  if (crew.state() == GroupState::GivenUp) {
    return shortened(
        fmt::format("group {} is given up after {} crashes in a row: mend its command, "
                    "then `steelyard reload`; {}",
                    group, crashes, crew.evidence()));
  }
  if (crew.state() == GroupState::BackingOff && crashes >= 2) {
    return shortened(fmt::format("workers of group {} crash at once, {} times in a row by now; {}",
                                 group, crashes, crew.evidence()));
  }
  return {};
}

std::string announcement(const std::string& host, std::uint32_t machine_load_percent,
                         const std::vector<const Crew*>& crews) {
  json::array warnings;
  for (const Crew* crew : crews) {
    if (const std::string warning = warning_of(*crew); !warning.empty()) {
      warnings.emplace_back(warning);
    }
  }
  if (warnings.size() > monitor::kMaxAnnouncedWarnings) {
    const std::size_t more = warnings.size() - (monitor::kMaxAnnouncedWarnings - 1);
    warnings.resize(monitor::kMaxAnnouncedWarnings - 1);
    warnings.emplace_back(
        fmt::format("{} more groups have warnings: the hub's log has them", more));
  }
  const auto text_with = [&](auto&& is_shown, bool with_evidence) {
    json::array groups;
    for (const Crew* crew : crews) {
      if (is_shown(*crew)) groups.push_back(group_row(*crew, with_evidence));
    }
    return json::serialize(json::object{{"host", host},
                                        {"machine_load", machine_load_percent},
                                        {"groups", std::move(groups)},
                                        {"warnings", warnings}});
  };
  std::string text = text_with([](const Crew&) { return true; }, true);
  if (text.size() > monitor::kMaxAnnouncementBytes) {
    text = text_with([](const Crew&) { return true; }, false);
  }
  if (text.size() <= monitor::kMaxAnnouncementBytes) return text;
  return text_with([](const Crew&) { return false; }, false);
}

}  // namespace steelyard::hub
