#include "submit/hand_over.hpp"

#include <atomic>
#include <map>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::cli {

int HandOver::run(Client& client, JobSource& source, StopSignals& signals) {
  std::atomic<bool> stop = false;
  signals.watch({.first =
                     [&] {
                       stop = true;
                       source.stop();
                     },
                 .second = [] { ::_exit(kInterrupted); }});
  int status = kDone;
  while (status == kDone && !stop) {
    const auto payloads = source.next();
    if (!payloads) status = give_up("submit", payloads.error());
    if (!payloads || payloads->empty()) break;
    const auto handed_in = hand_in(client, *payloads);
    status = handed_in ? *handed_in : give_up("submit", handed_in.error());
  }
  signals.end();
  if (status == kDone && stop) return kInterrupted;
  return status == kDone && refused_ ? kFailed : status;
}

/// Returns the exit status of printing.
Result<int> HandOver::hand_in(Client& client, const std::vector<std::string>& payloads) {
  const JobId first = client.submit_batch(queue_, payloads, job_, answers_, handed_in_);
  handed_in_ += payloads.size();
  std::vector<JobId> ids;
  for (std::uint64_t i = 0; i < payloads.size(); ++i) {
    ids.push_back({first.session, first.sequence + i});
  }
  const bool was_taken = first.sequence > 0;
  // The broker takes messages in order: when it knows about the jobs, it has accepted them.
  Result<std::vector<JobStatus>> told = std::vector<JobStatus>(ids.size());
  if (was_taken) told = client.get(ids);
  if (!told) return tl::unexpected(told.error());
  std::map<std::uint64_t, Error> errors;
  for (Completion& completion : answers_.take(std::chrono::milliseconds(0))) {
    if (!completion.result) errors[completion.tag] = completion.result.error();
  }
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Standing standing = (*told)[i].standing;
    const std::uint64_t tag = handed_in_ - ids.size() + i;
    if (standing != Standing::Unknown && standing != Standing::Gone) {
      text += json_ ? monitor::json_text({{"line", tag + 1}, {"id", ids[i].text()}}) + "\n"
                    : ids[i].text() + "\n";
      continue;
    }
    refused_ = true;
    complain("submit", fmt::format("line {}: {}", tag + 1,
                                   errors.contains(tag) ? describe(errors[tag]) : "not accepted"));
  }
  return print(text);
}

}  // namespace steelyard::cli
