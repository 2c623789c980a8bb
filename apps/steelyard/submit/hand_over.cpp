#include "submit/hand_over.hpp"

#include <atomic>
#include <chrono>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "steelyard/monitor/json_text.hpp"

namespace steelyard::cli {
namespace {

/// Longer than a client tries to hand in what is refused.
constexpr std::chrono::seconds kPatience{75};

}  // namespace

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
  const std::uint64_t first_tag = handed_in_;
  const JobId first = client.submit_batch(queue_, payloads, job_, answers_, first_tag);
  handed_in_ += payloads.size();
  std::vector<JobId> ids(payloads.size());
  for (std::uint64_t i = 0; first.sequence > 0 && i < ids.size(); ++i) {
    ids[i] = {first.session, first.sequence + i};
  }
  if (first.sequence > 0) {
    auto names = client.wait_acknowledged(ids, kPatience);
    if (!names) return tl::unexpected(names.error());
    ids = std::move(*names);
  }
  const std::map<std::uint64_t, Error> refusals = errors();
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::uint64_t tag = first_tag + i;
    if (ids[i].sequence > 0) {
      text += line(tag, ids[i]);
      continue;
    }
    const auto refusal = refusals.find(tag);
    const Error error = refusal == refusals.end() ? Error{} : refusal->second;
    const auto original = job_with_key(error);
    if (original && error.code == ErrorCode::DuplicateKey) {
      text += line(tag, *original);
      continue;
    }
    refused_ = true;
    complain("submit", fmt::format("line {}: {}", tag + 1, describe(error)));
  }
  return print(text);
}

/// Of those that are answered already.
std::map<std::uint64_t, Error> HandOver::errors() {
  std::map<std::uint64_t, Error> errors;
  for (Completion& completion : answers_.take(std::chrono::milliseconds(0))) {
    if (!completion.result) errors[completion.tag] = completion.result.error();
  }
  return errors;
}

std::string HandOver::line(std::uint64_t tag, const JobId& id) const {
  if (!json_) return id.text() + "\n";
  return monitor::json_text({{"line", tag + 1}, {"id", id.text()}}) + "\n";
}

}  // namespace steelyard::cli
