#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "steelyard/runtime/zmq/client.hpp"

/// A client under load for the tests of faults, which writes down what becomes of each job.
///
/// Each line of its file is one event, appended as it happens, so that whoever reads it after this
/// program was killed knows all that it knew:
///   handed N            job N is about to be handed in; its payload is NAME/N
///   acknowledged N      the broker has said that it has the job, at its durability
///   answered N RESULT   its result
///   failed N CODE TEXT  its error
///   closed REPEATED     all is answered, and so many answers had come before and were dropped
/// SIGTERM: hands in no more and waits for what is missing. SIGINT: ends at once.
namespace {

using namespace steelyard;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kMaxBatchJobs = 64;
constexpr std::size_t kMaxAskedJobs = 500;       // in one question
constexpr std::size_t kMaxUnaskedJobs = 20'000;  // about those beyond, nobody is asked
constexpr milliseconds kPause{20};               // between two looks for something to do
constexpr seconds kCloseWithin{20};
constexpr seconds kAcknowledgedWithin{1};  // or they are looked at again

volatile std::sig_atomic_t finish = 0;
volatile std::sig_atomic_t stop = 0;

struct Options {
  std::string broker = kDefaultEndpoint;
  std::string queue = "q";
  std::string name = "load";
  std::string events;
  std::uint64_t jobs = UINT64_MAX;
  std::uint32_t outstanding_jobs = 100;
  std::uint32_t payload_bytes = 0;
  bool result_via_broker = false;
  bool acknowledge = false;
  bool journal = false;
};

/// Thread safety: `append` may be called from any thread.
class EventFile {
 public:
  explicit EventFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  ~EventFile() { ::close(descriptor_); }
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// Whole lines. What cannot be written down must not go on unseen: the program ends.
  void append(const std::string& lines) const {
    if (lines.empty()) return;
    const ::ssize_t written = ::write(descriptor_, lines.data(), lines.size());
    if (written == static_cast<::ssize_t>(lines.size())) return;
    std::perror("load client: cannot write down what happens");
    std::_Exit(1);
  }

 private:
  int descriptor_;
};

/// Waits until the broker has acknowledged jobs, on a thread of its own, because that may be long
/// in coming.
class Acknowledgements {
 public:
  Acknowledgements(Client& client, const EventFile& events) : client_(client), events_(events) {
    thread_ = std::jthread([this](const std::stop_token& over) {
      while (!over.stop_requested()) ask(over);
    });
  }

  void expect(std::uint64_t tag, const JobId& job) {
    const std::lock_guard lock(mutex_);
    if (unasked_.size() < kMaxUnaskedJobs) unasked_.emplace_back(tag, job);
  }

 private:
  using Asked = std::pair<std::uint64_t, JobId>;

  void ask(const std::stop_token& over) {
    const std::vector<Asked> asked = take(over);
    if (asked.empty()) return;
    std::vector<JobId> jobs;
    for (const auto& [tag, job] : asked) jobs.push_back(job);
    const auto told = client_.wait_acknowledged(jobs, kAcknowledgedWithin);
    std::string lines;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (!told) {
        expect(asked[i].first, asked[i].second);
      } else if ((*told)[i].sequence > 0) {
        lines += fmt::format("acknowledged {}\n", asked[i].first);
      }
    }
    events_.append(lines);
  }

  /// After a pause, so that those that are not known yet are not asked about all the time.
  std::vector<Asked> take(const std::stop_token& over) {
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, over, kPause, [] { return false; });
    const std::size_t count = std::min(unasked_.size(), kMaxAskedJobs);
    const auto end = unasked_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Asked> taken(unasked_.begin(), end);
    unasked_.erase(unasked_.begin(), end);
    return taken;
  }

  Client& client_;
  const EventFile& events_;
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::deque<Asked> unasked_;  // guarded by mutex_
  std::jthread thread_;        // last, so that it ends first
};

class Load {
 public:
  Load(const Options& options, const EventFile& events)
      : options_(options), events_(events), client_({.endpoint = options.broker}) {
    if (options.acknowledge) acknowledgements_.emplace(client_, events_);
  }

  /// Returns the exit status: 0 when every job is answered, 130 when it was told to stop.
  int run() {
    while (stop == 0 && (may_hand_in() || unanswered_ > 0)) {
      if (may_hand_in()) hand_in();
      note(answers_.take(kPause));
    }
    if (stop != 0) return 130;
    acknowledgements_.reset();
    const auto closed = client_.close(kCloseWithin);
    note(answers_.take(milliseconds(0)));
    if (!closed) {
      fmt::print(stderr, "load client: {}\n", describe(closed.error()));
      return 1;
    }
    events_.append(fmt::format("closed {}\n", client_.stats().repeated));
    return 0;
  }

 private:
  [[nodiscard]] bool may_hand_in() const { return finish == 0 && handed_in_ < options_.jobs; }

  void hand_in() {
    const std::uint64_t room = options_.outstanding_jobs - unanswered_;
    const auto count = std::min({room, std::uint64_t{kMaxBatchJobs}, options_.jobs - handed_in_});
    if (count == 0) return;
    std::vector<std::string> payloads;
    std::string lines;
    for (std::uint64_t tag = handed_in_; tag < handed_in_ + count; ++tag) {
      std::string payload = fmt::format("{}/{}", options_.name, tag);
      payload.resize(std::max<std::size_t>(payload.size(), options_.payload_bytes), '.');
      payloads.push_back(std::move(payload));
      lines += fmt::format("handed {}\n", tag);
    }
    events_.append(lines);
    RemoteJobOptions job{.result_via_broker = options_.result_via_broker};
    if (options_.journal) job.durability = Durability::Journal;
    const JobId first = client_.submit_batch(options_.queue, payloads, job, answers_, handed_in_);
    for (std::uint64_t i = 0; acknowledgements_ && first.sequence > 0 && i < count; ++i) {
      acknowledgements_->expect(handed_in_ + i, {first.session, first.sequence + i});
    }
    handed_in_ += count;
    unanswered_ += count;
  }

  void note(const std::vector<Completion>& answers) {
    std::string lines;
    for (const auto& answer : answers) {
      const auto& [tag, result] = std::tie(answer.tag, answer.result);
      lines += result ? fmt::format("answered {} {}\n", tag, *result)
                      : fmt::format("failed {} {} {}\n", tag, to_string(result.error().code),
                                    result.error().context);
      // One that is answered twice must not end the waiting for others.
      if (answered_.size() <= tag) answered_.resize(tag + 1);
      if (!answered_[tag]) --unanswered_;
      answered_[tag] = true;
    }
    events_.append(lines);
  }

  const Options& options_;
  const EventFile& events_;
  CompletionQueue answers_;
  Client client_;
  std::optional<Acknowledgements> acknowledgements_;
  std::vector<bool> answered_;
  std::uint64_t handed_in_ = 0;
  std::uint64_t unanswered_ = 0;
};

void add_flags(CLI::App& app, Options& options) {
  app.add_option("--broker", options.broker);
  app.add_option("--queue", options.queue);
  app.add_option("--name", options.name, "begins every payload");
  app.add_option("--events", options.events, "the file that events are appended to")->required();
  app.add_option("--jobs", options.jobs, "without, until SIGTERM");
  app.add_option("--outstanding", options.outstanding_jobs)->check(CLI::Range(1, 1'000'000));
  app.add_option("--payload-bytes", options.payload_bytes, "at least, filled up with dots");
  app.add_flag("--result-via-broker", options.result_via_broker);
  app.add_flag("--acknowledge", options.acknowledge, "write down what is acknowledged, too");
  app.add_flag("--journal", options.journal, "jobs ask for the journal");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A client under load, which writes down what becomes of each job");
  Options options;
  add_flags(app, options);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { finish = 1; });
  std::signal(SIGINT, [](int) { stop = 1; });
  const EventFile events(options.events);
  if (!events.is_open()) {
    std::perror(options.events.c_str());
    return 2;
  }
  return Load(options, events).run();
}
