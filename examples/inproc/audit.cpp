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

/// How many requests the workers did; more than there are numbers if one was done twice.
std::uint64_t total(const std::vector<WorkerCount>& workers) {
  std::uint64_t sum = 0;
  for (const WorkerCount& worker : workers) sum += worker.done.size();
  return sum;
}

}  // namespace

Audit audit(const std::vector<RequesterCount>& requesters, const std::vector<WorkerCount>& workers,
            const steelyard::BalancerStats& stats, const steelyard::BalancerBooks& books) {
  Audit result;
  NumberSet sent;
  NumberSet received;
  NumberSet done;
  std::string& table = result.table;
  table = fmt::format("{:<24}{:>10}{:>10}{:>10}\n", "requester", "sent", "received", "errors");
  for (const RequesterCount& requester : requesters) {
    insert_all(sent, requester.sent);
    insert_all(received, requester.received);
    table += fmt::format("{:<24}{:>10}{:>10}{:>10}\n", requester.name, requester.sent.size(),
                         requester.received.size(), requester.errors);
  }
  table += fmt::format("\n{:<24}{:>10}\n", "worker", "done");
  for (const WorkerCount& worker : workers) {
    insert_all(done, worker.done);
    table += fmt::format("#{:<23}{:>10}\n", worker.worker.value, worker.done.size());
  }
  table += fmt::format("\n{:<24}{:>10}\n", "side", "requests");
  table += fmt::format("{:<24}{:>10}\n", "sent by requesters", sent.size());
  table += fmt::format("{:<24}{:>10}\n", "dispatched by balancer", books.dispatched.size());
  table += fmt::format("{:<24}{:>10}\n", "done by workers", total(workers));
  table += fmt::format("{:<24}{:>10}\n", "completed at balancer", books.completed.size());
  table += fmt::format("{:<24}{:>10}\n", "received by requesters", received.size());
  const std::string found = differences(sent, "sent", books.dispatched, "dispatched") +
                            differences(books.dispatched, "dispatched", done, "done") +
                            differences(done, "done", books.completed, "completed") +
                            differences(sent, "sent", received, "received");
  const bool ledgers = stats.jobs.balanced() && stats.attempts.balanced() &&
                       stats.attempts_run == stats.attempts.dispatched &&
                       total(workers) == done.size();
  result.agrees = found.empty() && ledgers;
  table += result.agrees ? "audit: all sides agree\n" : "audit: the sides DIFFER\n" + found;
  return result;
}

}  // namespace inproc_example
