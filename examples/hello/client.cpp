#include "hello/client.hpp"

#include <chrono>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/exit_status.hpp"
#include "hello/greeting.hpp"
#include "steelyard/runtime/zmq/callbacks.hpp"
#include "steelyard/runtime/zmq/client.hpp"

namespace hello {
namespace {

using namespace steelyard;
using std::chrono::seconds;

constexpr seconds kPatience{3};  // for the broker

/// One step of a life, in one line.
void say(std::string_view step, std::string_view what) {
  fmt::print("{:<10}{}\n", step, what);
  std::fflush(stdout);
}

std::string shown(const Result<std::string>& answer) {
  return answer ? *answer : describe(answer.error());
}

std::string shown(const JobTimes& times) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  return fmt::format("waiting {:.1f} ms, running {:.1f} ms, returning {:.1f} ms",
                     Milliseconds(times.waiting).count(), Milliseconds(times.running).count(),
                     Milliseconds(times.returning).count());
}

void get(Client& client, const JobId& id) {
  const Result<JobStatus> status = client.get(id);
  if (!status) return say("get", describe(status.error()));
  const bool finished = status->standing == Standing::Finished;
  say("get", fmt::format("{} is {}{}", id.text(), to_string(status->standing),
                         finished ? ": " + *status->result : ""));
}

void cancel(Client& client, const JobId& id) {
  const Result<Cancellation> told = client.cancel(id);
  say("cancel",
      told ? fmt::format("{} is {}", id.text(), to_string(told->now)) : describe(told.error()));
}

/// A job that is not wanted any more. It waits behind the first, unless there are more workers:
/// then it is asked to stop, or it has ended already, and is answered all the same.
void submit_and_cancel(Client& client, const std::string& request, const RemoteJobOptions& wishes) {
  Future<std::string> greeting = client.submit(kTask, request, wishes);
  const JobId id{client.session(), greeting.id()};
  say("submit", "another job: " + id.text());
  cancel(client, id);
  say("wait", shown(greeting.wait()));
}

/// One job from its id, which it has at once, to its answer. Returns whether it was greeted.
bool follow_one_job(Client& client, const std::string& request, const RemoteJobOptions& wishes) {
  Future<std::string> greeting = client.submit(kTask, request, wishes);
  const JobId id{client.session(), greeting.id()};
  say("submit", "a job: " + id.text());
  get(client, id);
  submit_and_cancel(client, request, wishes);

  const Result<std::string> answer = greeting.wait();
  say("wait", shown(answer));
  return answer.has_value();
}

/// A job that nobody waits for. It outlives its client, and its answer is kept for a while, for
/// this and other programs that ask for it by its id.
JobId submit_and_leave(Client& client, const std::string& request, RemoteJobOptions wishes) {
  wishes.keep = true;
  const JobId id{client.session(), client.submit(kTask, request, wishes).id()};
  say("submit", "a job to be kept: " + id.text());
  return id;
}

/// Three jobs whose answers are given to a function, which is called on this thread, by `run`.
bool call_back(Client& client, const RemoteJobOptions& wishes) {
  Callbacks callbacks(client);
  bool all_well = true;
  for (const auto& [first, last] :
       {std::pair{"Grace", "Hopper"}, {"Hedy", "Lamarr"}, {"Alan", "Turing"}}) {
    callbacks.submit(kTask, to_request(first, last), wishes,
                     [&](const Result<std::string>& answer) {
                       say("callback", shown(answer));
                       all_well = all_well && answer;
                     });
  }
  while (callbacks.waiting() > 0) callbacks.run(seconds(1));
  return all_well;
}

/// Two jobs in one message, whose answers come into a queue and say where the time went.
bool measure(Client& client, const std::string& request, const RemoteJobOptions& wishes) {
  CompletionQueue answers;
  client.submit_batch(kTask, std::vector<std::string>(2, request), wishes, answers, 1);
  bool all_well = true;
  for (std::size_t awaited = 2; awaited > 0;) {
    for (const Completion& completion : answers.take(seconds(1))) {
      say("times", completion.result ? shown(completion.times) : shown(completion.result));
      all_well = all_well && completion.result;
      --awaited;
    }
  }
  return all_well;
}

bool lead_all(Client& client, const std::string& request, const RemoteJobOptions& wishes) {
  if (!follow_one_job(client, request, wishes)) return false;
  const JobId kept = submit_and_leave(client, request, wishes);
  if (!call_back(client, wishes) || !measure(client, request, wishes)) return false;
  get(client, kept);
  return true;
}

}  // namespace

int run_client(const ClientOptions& options, const std::stop_token& stop) {
  Client client({.endpoint = options.broker});
  if (const auto connected = client.connect(kPatience); !connected) {
    fmt::print(stderr, "hello client: {}\n", describe(connected.error()));
    const bool wrong = connected.error().code == ErrorCode::InvalidArgument;
    return wrong ? example::kWrongUsage : example::kNoBroker;
  }
  const std::stop_callback on_stop(stop, [&client] { client.abort(); });  // answers all jobs
  const std::string request = to_request(options.first_name, options.last_name);
  const RemoteJobOptions wishes{.user = options.user, .priority = options.priority};
  const bool all_well = lead_all(client, request, wishes);
  if (stop.stop_requested()) return example::kInterrupted;
  return all_well ? example::kDone : example::kFailed;
}

}  // namespace hello
