#include "steelyard/trace/checksum.hpp"

/// Each action is taken apart by name, all of it, so that a field that is added to one does not
/// compile until it is compared too.
namespace steelyard::trace {
namespace {

/// Fowler, Noll and Vo's way (FNV-1a), but for whole numbers at a time.
class Mixer {
 public:
  template <class... Values>
  void mix(const Values&... values) {
    (mix_one(bits(values)), ...);
  }
  [[nodiscard]] std::uint32_t folded() const {
    return static_cast<std::uint32_t>(state_ ^ (state_ >> 32));
  }

 private:
  void mix_one(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9e37'79b9'7f4a'7c15;
    state_ ^= state_ >> 29;
  }
  template <class Tag>
  static std::uint64_t bits(Id<Tag> id) {
    return id.value;
  }
  static std::uint64_t bits(Lease lease) { return lease.bits(); }
  static std::uint64_t bits(PayloadRef payload) { return payload.value; }
  static std::uint64_t bits(Duration duration) {
    return static_cast<std::uint64_t>(duration.count());
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  static std::uint64_t bits(Enum value) { return static_cast<std::uint64_t>(value); }
  static std::uint64_t bits(const std::optional<ErrorCode>& code) {
    return code ? 1 + bits(*code) : 0;
  }
  template <std::integral Whole>
  static std::uint64_t bits(Whole value) {
    return static_cast<std::uint64_t>(value);
  }

  std::uint64_t state_ = 0xcbf2'9ce4'8422'2325;
};

struct Digest {
  Mixer& mixer;

  void operator()(const core::Acknowledge& action) const {
    const auto& [session, through, unserved, journalled_through] = action;
    mixer.mix(session, through, unserved, journalled_through);
  }
  void operator()(const core::Reject& action) const {
    const auto& [session, first_sequence, count, reason, limit, retry_after, original_session,
                 original_sequence] = action;
    mixer.mix(session, first_sequence, count, reason, limit, retry_after, original_session,
              original_sequence);
  }
  void operator()(const core::Assign& action) const {
    const auto& [worker, lease, payload, session, sequence, queue, state, tenant, priority, attempt,
                 loads, waited, to_store] = action;
    mixer.mix(worker, lease, payload, session, sequence, queue, state, tenant, priority, attempt,
              loads, waited, to_store);
  }
  void operator()(const core::Evict& action) const {
    const auto& [worker, state] = action;
    mixer.mix(worker, state);
  }
  void operator()(const core::LoadState& action) const {
    const auto& [worker, state, queue] = action;
    mixer.mix(worker, state, queue);
  }
  void operator()(const core::AnswerPin& action) const {
    const auto& [session, request, holding, loading] = action;
    mixer.mix(session, request, holding, loading);
  }
  void operator()(const core::Deliver& action) const {
    const auto& [session, sequence, error, result, payload, waited, run_time] = action;
    mixer.mix(session, sequence, error, result, payload, waited, run_time);
  }
  void operator()(const core::Forget& action) const {
    const auto& [session, first, count] = action;
    mixer.mix(session, first, count);
  }
  void operator()(const core::AnswerCancel& action) const {
    const auto& [session, request, was, outcome] = action;
    mixer.mix(session, request, was, outcome);
  }
  void operator()(const core::AnswerMatching& action) const {
    const auto& [session, request, delayed, queued, running, more] = action;
    mixer.mix(session, request, delayed, queued, running, more);
  }
  void operator()(const core::AnswerQuarantine& action) const {
    const auto& [session, request, outcome] = action;
    mixer.mix(session, request, outcome);
  }
  void operator()(const core::AnswerJob& action) const {
    const auto& [session, request, standing, error, result, waited, run_time, progress] = action;
    mixer.mix(session, request, standing, error, result, waited, run_time, progress);
  }
  void operator()(const core::RefuseWorker& action) const {
    const auto& [worker, reason] = action;
    mixer.mix(worker, reason);
  }
  void operator()(const core::DeclareLost& action) const {
    const auto& [worker] = action;
    mixer.mix(worker);
  }
  void operator()(const core::Dismiss& action) const {
    const auto& [worker] = action;
    mixer.mix(worker);
  }
  void operator()(const core::Expel& action) const {
    const auto& [worker] = action;
    mixer.mix(worker);
  }
  void operator()(const core::RequestStop& action) const {
    const auto& [worker, lease, why] = action;
    mixer.mix(worker, lease, why);
  }
  void operator()(const core::NoteDeath& action) const {
    const auto& [session, sequence, worker, attempt, how, text] = action;
    mixer.mix(session, sequence, worker, attempt, how, text);
  }
  void operator()(const core::NoteFailure& action) const {
    const auto& [session, sequence, error] = action;
    mixer.mix(session, sequence, error);
  }
  void operator()(const core::ForgetDeaths& action) const {
    const auto& [session, sequence] = action;
    mixer.mix(session, sequence);
  }
  void operator()(const core::ForgetKey& action) const {
    const auto& [key] = action;
    mixer.mix(key);
  }
  void operator()(const core::Append& action) const {
    const auto& [what, session, sequence, count, slot] = action;
    mixer.mix(what, session, sequence, count, slot);
  }
  void operator()(const core::RefuseStale& action) const {
    const auto& [worker, lease] = action;
    mixer.mix(worker, lease);
  }
  void operator()(const core::StopOnWorker& action) const {
    const auto& [worker, lease] = action;
    mixer.mix(worker, lease);
  }
  void operator()(const core::FetchResult& action) const {
    const auto& [worker, lease] = action;
    mixer.mix(worker, lease);
  }
  void operator()(const core::ReleaseResult& action) const {
    const auto& [worker, lease] = action;
    mixer.mix(worker, lease);
  }
  void operator()(const core::EndSession& action) const {
    const auto& [session] = action;
    mixer.mix(session);
  }
  void operator()(const core::ForgetSession& action) const {
    const auto& [session] = action;
    mixer.mix(session);
  }
};

}  // namespace

std::uint32_t checksum(const core::Actions& actions) {
  if (actions.empty()) return 0;
  Mixer mixer;
  for (const core::Action& action : actions) {
    mixer.mix(action.index());
    std::visit(Digest{mixer}, action);
  }
  const std::uint32_t sum = mixer.folded();
  return sum == 0 ? 1 : sum;
}

}  // namespace steelyard::trace
