#include "steelyard/sim/catalogue.hpp"

#include <algorithm>

#include "steelyard/sim/workloads/workloads.hpp"

namespace steelyard::sim {
namespace {

/// What the workload makes of the numbers in `text`, if all is well.
Result<Scenario> made(const Workload& workload, std::string_view text, const Overrides& overrides) {
  auto parameters = Parameters::read(text, workload.parameters);
  if (!parameters) return tl::unexpected(parameters.error());
  if (overrides.workers) parameters->set("workers", *overrides.workers);
  if (overrides.jobs) parameters->set("jobs", *overrides.jobs);
  return workload.make(*parameters, overrides.seed);
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{
      six_jobs(),  //
      burst(),         poisson(),      zipf(),     gamma_bursts(), rotation(),
      flash_crowd(),   hot_and_cold(), overload(), uneven_loads(), unknown_loads(),
      worker_deaths(), tenants(),      crowd(),
  };
  return all;
}

Result<Scenario> make_scenario(std::string_view text, const Overrides& overrides) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto workload = std::ranges::find(workloads(), name, &Workload::name);
  if (workload == workloads().end()) {
    std::vector<std::string> known;
    for (const Workload& one : workloads()) known.push_back(one.name);
    return unknown("workload", name, known);
  }
  const std::string_view numbers =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  auto scenario = made(*workload, numbers, overrides);
  if (!scenario) {
    return failure(scenario.error().code,
                   "workload '" + workload->name + "': " + scenario.error().context);
  }
  scenario->text = text;
  return scenario;
}

}  // namespace steelyard::sim
