#include "steelyard/core/sentence.test.hpp"

#include <array>

namespace steelyard::core {
namespace {

constexpr std::uint64_t kPerKind = 1'000'000'000;
constexpr std::uint64_t kPerSession = 1'000'000;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}
std::string text(SessionId id) {
  return "s" + number(id.value);
}
std::string text(WorkerId id) {
  return "w" + number(id.value);
}
std::string text(SessionId id, std::uint64_t sequence) {
  return text(id) + "#" + number(sequence);
}

std::string text(PayloadRef payload) {
  if (!payload.valid()) return "nothing";
  const std::uint64_t kind = payload.value / kPerKind;
  if (kind == 0) return "bytes " + number(payload.value);
  const std::uint64_t rest = payload.value % kPerKind;
  const std::string name = kind == 1 ? "payload" : kind == 2 ? "result" : "text";
  return name + " s" + number(rest / kPerSession) + "#" + number(rest % kPerSession);
}

std::string text(std::uint64_t first, std::uint32_t count) {
  return count == 1 ? number(first) : number(first) + ".." + number(first + count - 1);
}

struct Sentence {
  std::string operator()(const Acknowledge& a) const {
    const std::string unserved =
        a.unserved.valid() ? ", nobody serves q" + number(a.unserved.value) : "";
    const std::string on_disk =
        a.journalled_through > 0 ? ", on disk through " + number(a.journalled_through) : "";
    return "acknowledge " + text(a.session) + " through " + number(a.through) + unserved + on_disk;
  }
  std::string operator()(const Reject& a) const {
    return "reject " + text(a.session) + "#" + text(a.first_sequence, a.count) + ": " +
           std::string(to_string(a.reason)) + ", limit " + std::to_string(a.limit) +
           (a.original_sequence > 0 ? ", it is " + text(a.original_session, a.original_sequence)
                                    : "");
  }
  std::string operator()(const Assign& a) const {
    const auto hop = a.attempt >> 16;
    const auto attempt = a.attempt & 0xffff;
    return "assign " + text(a.session, a.sequence) + " to " + text(a.worker) +
           (hop == 0 ? "" : ", hop " + number(hop)) +
           (attempt == 1 ? "" : ", attempt " + number(attempt));
  }
  std::string operator()(const Evict& a) const {
    return "evict m" + number(a.state.value) + " from " + text(a.worker);
  }
  std::string operator()(const LoadState& a) const {
    return "load m" + number(a.state.value) + " at " + text(a.worker);
  }
  std::string operator()(const AnswerPin& a) const {
    return "answer " + text(a.session) + " to pin " + number(a.request) + ": " + number(a.holding) +
           " hold it, " + number(a.loading) + " load it";
  }
  std::string operator()(const Deliver& a) const {
    const std::string error = a.error ? std::string(to_string(*a.error)) + ", " : "";
    return "deliver " + text(a.session, a.sequence) + ": " + error + text(a.result);
  }
  std::string operator()(const Forget& a) const {
    const std::string through =
        a.count == 1 ? "" : ".." + number((a.first.value + a.count - 1) % kPerSession);
    return "forget " + text(a.first) + through;
  }
  std::string operator()(const AnswerCancel& a) const {
    return "answer " + text(a.session) + " to cancel " + number(a.request) + ": was " +
           std::string(to_string(a.was)) + ", " + std::string(to_string(a.outcome));
  }
  std::string operator()(const AnswerMatching& a) const {
    return "answer " + text(a.session) + " to cancel: " + number(a.delayed) + " delayed, " +
           number(a.queued) + " queued, " + number(a.running) + " running" +
           (a.more ? ", and more" : "");
  }
  std::string operator()(const AnswerQuarantine& a) const {
    return "answer " + text(a.session) + " to decision " + number(a.request) + ": " +
           std::string(to_string(a.outcome));
  }
  std::string operator()(const RequestStop& a) const {
    constexpr std::array<const char*, 3> kWhy{"cancelled", "over its time limit", "unwanted"};
    return "ask " + text(a.worker) + " to stop it: " + kWhy[static_cast<std::size_t>(a.why)];
  }
  std::string operator()(const Expel& a) const { return "expel " + text(a.worker); }
  std::string operator()(const NoteDeath& a) const {
    constexpr std::array<const char*, 4> kHow{"silent", "left", "forgotten", "died"};
    return "note death of " + text(a.session, a.sequence) + " on " + text(a.worker) + ": " +
           kHow[static_cast<std::size_t>(a.how)];
  }
  std::string operator()(const NoteFailure& a) const {
    return "note failure of " + text(a.session, a.sequence) + ": " +
           std::string(to_string(a.error));
  }
  std::string operator()(const ForgetDeaths& a) const {
    return "forget deaths of " + text(a.session, a.sequence);
  }
  std::string operator()(const ForgetKey& a) const { return "forget key " + number(a.key.value); }
  std::string operator()(const Append& a) const {
    constexpr std::array<const char*, 4> kWhat{"submitted", "changed", "answered", "forgotten"};
    return std::string("append ") + kWhat[static_cast<std::size_t>(a.what)] + " " +
           text(a.session) + "#" + text(a.sequence, a.count);
  }
  std::string operator()(const RefuseWorker& a) const {
    return "refuse " + text(a.worker) + ": " + std::string(to_string(a.reason));
  }
  std::string operator()(const DeclareLost& a) const { return "declare lost " + text(a.worker); }
  std::string operator()(const Dismiss& a) const { return "dismiss " + text(a.worker); }
  std::string operator()(const RefuseStale& a) const { return "refuse stale " + text(a.worker); }
  std::string operator()(const StopOnWorker& a) const { return "stop it on " + text(a.worker); }
  std::string operator()(const FetchResult& a) const { return "fetch from " + text(a.worker); }
  std::string operator()(const ReleaseResult& a) const { return "release at " + text(a.worker); }
  std::string operator()(const AnswerJob& a) const {
    const std::string error = a.error ? ", " + std::string(to_string(*a.error)) : "";
    const std::string result = a.result.valid() ? ", " + text(a.result) : "";
    return "answer " + text(a.session) + " about " + number(a.request) + ": " +
           std::string(to_string(a.standing)) + error + result;
  }
  std::string operator()(const EndSession& a) const { return "end " + text(a.session); }
  std::string operator()(const ForgetSession& a) const { return "forget " + text(a.session); }
};

}  // namespace

PayloadRef payload_ref(Kind kind, std::uint32_t session, std::uint64_t job) {
  return {static_cast<std::uint64_t>(kind) * kPerKind + session * kPerSession + job};
}

std::string sentence(const Action& action) {
  return std::visit(Sentence{}, action);
}

}  // namespace steelyard::core
