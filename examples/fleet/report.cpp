#include "fleet/report.hpp"

#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "fleet/answer.hpp"
#include "steelyard/base/result.hpp"

namespace fleet {
namespace {

constexpr std::size_t kMalformedSample = 5;

double ratio(double actual, double ideal) {
  return ideal > 0 ? actual / ideal : 0;
}

void print_failures(const Report& report) {
  for (const auto& [index, error] : report.tally.failures()) {
    fmt::print("  {}: {}\n", to_text(report.commands[index]), describe(error));
  }
  const std::size_t more = report.tally.failed() - report.tally.failures().size();
  if (more > 0) fmt::print("  and {} more\n", more);
}

}  // namespace

void print_table(const Report& report) {
  const Tally& tally = report.tally;
  const double ideal_s = tally.ideal_seconds(report.slots);
  fmt::print("commands   {}, handed in in {} batches\n", tally.commands(), report.batches);
  fmt::print("answers    {}, each counted once; {} came twice\n", tally.received(),
             tally.repeated());
  fmt::print("sum        {}\n", shown(tally.sum()));
  fmt::print("time       {:.3f} s\n", report.wall_s);
  if (ideal_s > 0) {
    fmt::print("ideal      {:.3f} s on {} workers with {} slots together; took {:.3f} times that\n",
               ideal_s, report.workers, report.slots, ratio(report.wall_s, ideal_s));
  }
  fmt::print("malformed  {} lines\n", report.malformed_lines);
  fmt::print("failed     {}\n", tally.failed());
  print_failures(report);
}

void print_json(const Report& report) {
  const Tally& tally = report.tally;
  const double ideal_s = tally.ideal_seconds(report.slots);
  const boost::json::object object{{"commands", tally.commands()},
                                   {"received", tally.received()},
                                   {"succeeded", tally.succeeded()},
                                   {"failed", tally.failed()},
                                   {"repeated", tally.repeated()},
                                   {"malformed_lines", report.malformed_lines},
                                   {"batches", report.batches},
                                   {"sum", tally.sum()},
                                   {"wall_s", report.wall_s},
                                   {"ideal_s", ideal_s},
                                   {"ratio", ratio(report.wall_s, ideal_s)},
                                   {"workers", report.workers},
                                   {"slots", report.slots}};
  fmt::print("{}\n", boost::json::serialize(object));
}

void print_malformed(const std::filesystem::path& file, const std::vector<MalformedLine>& lines) {
  if (lines.empty()) return;
  fmt::print(stderr, "{}: {} malformed {} left out\n", file.string(), lines.size(),
             lines.size() == 1 ? "line was" : "lines were");
  for (std::size_t i = 0; i < std::min(lines.size(), kMalformedSample); ++i) {
    fmt::print(stderr, "{}:{}: {}\n", file.string(), lines[i].number, lines[i].reason);
  }
}

}  // namespace fleet
