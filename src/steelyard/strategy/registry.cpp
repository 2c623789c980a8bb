#include "steelyard/strategy/registry.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/base/names.hpp"
#include "steelyard/base/nearest.hpp"
#include "steelyard/strategy/amortised.hpp"
#include "steelyard/strategy/fewest_busy_user.hpp"
#include "steelyard/strategy/groups_by_state.hpp"
#include "steelyard/strategy/groups_by_state_exclusive.hpp"
#include "steelyard/strategy/least_loaded.hpp"
#include "steelyard/strategy/oldest.hpp"
#include "steelyard/strategy/round_robin.hpp"

namespace steelyard::strategy {
namespace {

template <class T>
Entry plain(std::string name, std::string summary) {
  return {std::move(name), std::move(summary), {}, [](const Parameters&) {
            return std::make_unique<T>();
          }};
}

Entry amortised() {
  const Amortised::Options defaults;
  return {"amortised",
          "few loads, nobody starves, users get their shares; for jobs that need a state",
          {{"max_wait_s", defaults.max_wait_s},
           {"min_beta", defaults.min_beta},
           {"theta", defaults.theta},
           {"kappa", defaults.kappa},
           {"share_budget_s", defaults.share_budget_s}},
          [](const Parameters& p) {
            return std::make_unique<Amortised>(
                Amortised::Options{p.at("max_wait_s"), p.at("min_beta"), p.at("theta"),
                                   p.at("kappa"), p.at("share_budget_s")});
          }};
}

Entry groups_by_state() {
  const GroupsByState::Options defaults;
  return {"groups-by-state",
          "prefer jobs for the state a worker holds, unless another has waited longer",
          {{"switch_penalty_s", defaults.switch_penalty_s},
           {"other_holder_penalty_s", defaults.other_holder_penalty_s}},
          [](const Parameters& p) {
            return std::make_unique<GroupsByState>(
                GroupsByState::Options{p.at("switch_penalty_s"), p.at("other_holder_penalty_s")});
          }};
}

Entry groups_by_state_exclusive() {
  return {"groups-by-state-exclusive",
          "the same, and a state that another worker holds is left to it",
          {{"switch_penalty_s", GroupsByStateExclusive::Options{}.switch_penalty_s}},
          [](const Parameters& p) {
            return std::make_unique<GroupsByStateExclusive>(
                GroupsByStateExclusive::Options{p.at("switch_penalty_s")});
          }};
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text.empty() ? "none" : text;
}

tl::unexpected<Error> unknown(std::string_view what, std::string_view word,
                              const std::vector<std::string>& known) {
  std::string text = "unknown ";
  text.append(what).append(" '").append(word).append("'");
  if (const std::string near = base::nearest(word, known); !near.empty()) {
    text.append(", did you mean '").append(near).append("'?");
  }
  return failure(ErrorCode::InvalidArgument, text.append(" (known: ").append(list(known)) + ")");
}

/// Reads one `name=number` into `into`, which holds every known parameter.
Result<void> read_parameter(std::string_view text, Parameters& into) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto found = into.find(name);
  if (found == into.end()) {
    std::vector<std::string> known;
    for (const auto& [key, value] : into) known.push_back(key);
    return unknown("strategy parameter", name, known);
  }
  const std::string_view number =
      equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(value) ||
      value < 0) {
    return failure(ErrorCode::InvalidArgument, "strategy parameter '" + std::string(name) +
                                                   "' needs a number of at least 0, not '" +
                                                   std::string(number) + "'");
  }
  found->second = value;
  return {};
}

/// Reads `name=number,…` into `into`; a name may be given once.
Result<void> read_parameters(std::string_view text, Parameters& into) {
  std::vector<std::string_view> given;
  std::size_t comma = 0;
  do {
    comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const std::string_view name = one.substr(0, one.find('='));
    if (auto read = read_parameter(one, into); !read) return read;
    if (std::ranges::find(given, name) != given.end()) {
      return failure(ErrorCode::InvalidArgument,
                     "strategy parameter '" + std::string(name) + "' is given twice");
    }
    given.push_back(name);
    text.remove_prefix(one.size() + (comma == std::string_view::npos ? 0 : 1));
  } while (comma != std::string_view::npos);
  return {};
}

/// A plugin's factory may throw; here that becomes an error.
Result<std::unique_ptr<Strategy>> made_by(const Entry& entry, const Parameters& parameters) {
  std::string reason = "it made nothing";
  try {
    if (std::unique_ptr<Strategy> made = entry.make(parameters)) return made;
  } catch (const std::exception& thrown) {
    reason = thrown.what();
  } catch (...) {
    reason = "it threw something unknown";
  }
  return failure(ErrorCode::InvalidArgument, "strategy '" + entry.name + "': " + reason);
}

}  // namespace

Registry::Registry() {
  entries_ = {
      amortised(),
      plain<FewestBusyUser>("fewest-busy-user", "the user who occupies the fewest slots first"),
      plain<LeastLoaded>("least-loaded", "oldest job first, to the worker with the fewest jobs"),
      plain<Oldest>("oldest", "oldest job first, priority counted as seconds of age"),
      plain<RoundRobin>("round-robin", "oldest job first, to the workers in turn"),
      groups_by_state(),
      groups_by_state_exclusive(),
  };
}

Result<void> Registry::add(Entry entry) {
  if (!is_valid_name(entry.name) || entry.name.find(':') != std::string::npos) {
    return failure(ErrorCode::InvalidName, "'" + entry.name + "' cannot name a strategy");
  }
  if (std::ranges::find(entries_, entry.name, &Entry::name) != entries_.end()) {
    return failure(ErrorCode::InvalidArgument, "a strategy named '" + entry.name + "' exists");
  }
  STEELYARD_ASSERT(entry.make != nullptr);
  entries_.push_back(std::move(entry));
  return {};
}

/// The entry that the text names.
Result<const Entry*> Registry::find(std::string_view text) const {
  const std::string_view name = text.substr(0, text.find(':'));
  const auto entry = std::ranges::find(entries_, name, &Entry::name);
  if (entry != entries_.end()) return &*entry;
  std::vector<std::string> known;
  for (const Entry& one : entries_) known.push_back(one.name);
  return unknown("strategy", name, known);
}

Result<Parameters> Registry::parameters(std::string_view text) const {
  const auto entry = find(text);
  if (!entry) return tl::unexpected(entry.error());
  Parameters parameters = (*entry)->defaults;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return parameters;
  if (auto read = read_parameters(text.substr(colon + 1), parameters); !read) {
    return tl::unexpected(read.error());
  }
  return parameters;
}

Result<std::unique_ptr<Strategy>> Registry::make(std::string_view text) const {
  const auto read = parameters(text);
  if (!read) return tl::unexpected(read.error());
  return made_by(**find(text), *read);
}

}  // namespace steelyard::strategy
