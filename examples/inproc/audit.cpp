#include "inproc/audit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace inproc_example {
namespace {

using steelyard::NumberSet;

void insert_all(NumberSet& into, const NumberSet& from) {
  for (const std::uint64_t number : from.minus({}, from.size())) into.insert(number);
}

/// A line for each way in which `left` has what `right` has not.
std::string differences(const NumberSet& left, const char* left_name, const NumberSet& right,
                        const char* right_name) {
  std::string lines;
  const auto complain = [&lines](const NumberSet& has, const char* has_name, const NumberSet& lacks,
                                 const char* lacks_name) {
    const std::vector<std::uint64_t> missing = has.minus(lacks, 10);
    if (missing.empty()) return;
    lines += fmt::format("  {} but not {}: {}\n", has_name, lacks_name, fmt::join(missing, ", "));
  };
  complain(left, left_name, right, right_name);
  complain(right, right_name, left, left_name);
  return lines;
}

}  // namespace

Audit audit(const std::vector<RequesterCount>& requesters, const steelyard::BalancerStats& stats,
            const steelyard::BalancerBooks& books) {
  Audit result;
  NumberSet sent;
  NumberSet received;
  result.table =
      fmt::format("{:<24}{:>10}{:>10}{:>10}\n", "requester", "sent", "received", "errors");
  for (const RequesterCount& requester : requesters) {
    insert_all(sent, requester.sent);
    insert_all(received, requester.received);
    result.table += fmt::format("{:<24}{:>10}{:>10}{:>10}\n", requester.name, requester.sent.size(),
                                requester.received.size(), requester.errors);
  }
  result.table += fmt::format("\n{:<24}{:>10}{:>10}{:>10}\n", "worker", "slots", "done", "failed");
  for (const auto& worker : stats.workers) {
    result.table += fmt::format("{:<24}{:>10}{:>10}{:>10}\n", fmt::format("#{}", worker.id.value),
                                worker.slots, worker.finished, worker.failed);
  }
  result.table += fmt::format("\n{:<24}{:>10}\n", "side", "requests");
  result.table += fmt::format("{:<24}{:>10}\n", "sent by requesters", sent.size());
  result.table += fmt::format("{:<24}{:>10}\n", "dispatched by balancer", books.dispatched.size());
  result.table += fmt::format("{:<24}{:>10}\n", "run by workers", stats.attempts_run);
  result.table += fmt::format("{:<24}{:>10}\n", "completed at balancer", books.completed.size());
  result.table += fmt::format("{:<24}{:>10}\n", "received by requesters", received.size());
  const std::string found =
      differences(sent, "sent", received, "received") +
      differences(sent, "sent", books.dispatched, "dispatched") +
      differences(books.dispatched, "dispatched", books.completed, "completed");
  const bool ledgers = stats.jobs.balanced() && stats.attempts.balanced() &&
                       stats.attempts_run == stats.attempts.dispatched;
  result.agrees = found.empty() && ledgers;
  result.table += result.agrees ? "audit: all sides agree\n" : "audit: the sides DIFFER\n" + found;
  return result;
}

}  // namespace inproc_example
