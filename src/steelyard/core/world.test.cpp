#include "steelyard/core/world.test.hpp"

#include <algorithm>
#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/strategy/registry.hpp"

namespace steelyard::core {
namespace {

PayloadRef ref(Kind kind, const World::Name& name) {
  return payload_ref(kind, name.session, name.job);
}

std::unique_ptr<strategy::Strategy> named(std::string_view name) {
  auto made = strategy::Registry().make(name);
  STEELYARD_ASSERT(made.has_value());
  return std::move(*made);
}

}  // namespace

World::World(const Options& options, std::string_view strategy) : World(options, named(strategy)) {}

World::World(const Options& options, std::unique_ptr<strategy::Strategy> strategy)
    : scheduler_(options, std::move(strategy)) {}

void World::open(const Opening& opening) {
  step(SessionOpened{SessionId{opening.session}, PrincipalId{opening.principal}, opening.receipts});
}

void World::beat_session(std::uint32_t session) {
  step(SessionBeat{SessionId{session}});
}

void World::close(std::uint32_t session) {
  step(SessionClosed{SessionId{session}});
}

void World::submit(const Submission& submission) {
  step(submitted(submission));
}

JobsSubmitted World::submitted(const Submission& submission) {
  std::uint64_t& sent = sent_[submission.session];
  const std::uint64_t first = submission.first == 0 ? sent + 1 : submission.first;
  sent = std::max(sent, first + submission.count - 1);
  JobsSubmitted event;
  event.session = SessionId{submission.session};
  event.first_sequence = first;
  event.count = submission.count;
  event.queue = QueueId{submission.queue};
  if (submission.state) event.state = StateId{*submission.state};
  tags_.clear();
  for (const std::uint32_t tag : submission.tags) tags_.push_back(TagId{tag});
  event.tags = tags_;
  event.state_bytes = submission.state_bytes;
  event.start_by = submission.start_by;
  if (submission.user) event.tenant = TenantId{*submission.user};
  event.priority = submission.priority;
  event.keep = submission.keep;
  if (submission.delay > Duration::zero()) event.not_before = now_ + submission.delay;
  event.time_limit = submission.time_limit;
  if (submission.key) event.key = KeyId{*submission.key};
  event.fingerprint = submission.fingerprint;
  event.journal = submission.journal;
  if (submission.payload) event.first_payload = ref(Kind::Payload, {submission.session, first});
  return event;
}

void World::restore_session(std::uint32_t session) {
  step(SessionRestored{SessionId{session}, PrincipalId{0}});
}

void World::restore(const Restoring& restoring) {
  JobRestored event;
  event.job = submitted(restoring.job);
  event.arrival = now_;
  event.attempt = restoring.attempt;
  event.deaths = restoring.deaths;
  event.as = restoring.as;
  event.outcome = restoring.outcome;
  event.forget_at = now_ + restoring.forget_in;
  if (restoring.as == Restored::Answered) {
    event.job.first_payload = {};
    event.result = ref(Kind::Result, {restoring.job.session, event.job.first_sequence});
  }
  step(event);
}

void World::cancel_matching(const Matching& matching) {
  step(CancelMatching{
      SessionId{matching.by}, 0, matching.queue ? QueueId{*matching.queue} : QueueId::none(),
      matching.user ? TenantId{*matching.user} : TenantId::none(), matching.dry_run});
}

void World::abort(std::uint32_t session) {
  step(SessionAborted{SessionId{session}});
}

void World::decide(const Canceling& deciding, bool release) {
  step(QuarantineDecided{SessionId{deciding.by}, deciding.job, SessionId{deciding.session},
                         deciding.job, release});
}

void World::persist(std::uint64_t through) {
  step(Persisted{through});
}

void World::fail_log(ErrorCode reason) {
  step(LogFailing{reason});
}

void World::stopped(const Report& report) {
  step(JobStopped{WorkerId{report.worker}, lease_of(report), attempt(report)});
}

void World::ignore_stop(const Report& report) {
  step(StopIgnored{WorkerId{report.worker}, lease_of(report)});
}

void World::progress(const Report& report, std::uint8_t percent) {
  step(JobProgressed{WorkerId{report.worker}, lease_of(report), percent});
}

void World::receive(const Receipt& receipt) {
  step(ResultsReceived{SessionId{receipt.session}, receipt.job, receipt.count, receipt.attempt});
}

void World::cancel(const Canceling& canceling) {
  step(CancelRequested{SessionId{canceling.by}, canceling.job, SessionId{canceling.session},
                       canceling.job});
}

void World::ask(const Canceling& asking) {
  step(JobAsked{SessionId{asking.by}, asking.job, SessionId{asking.session}, asking.job});
}

void World::end(std::uint32_t session) {
  step(SessionEnding{SessionId{session}});
}

void World::join(const Joining& joining) {
  std::vector<QueueId> queues;
  for (const std::uint32_t queue : joining.queues) queues.push_back(QueueId{queue});
  std::vector<TagId> tags;
  for (const std::uint32_t tag : joining.tags) tags.push_back(TagId{tag});
  WorkerProfile profile;
  profile.queues = queues;
  profile.priority_min = joining.priority_min;
  profile.priority_max = joining.priority_max;
  profile.slots = joining.slots;
  profile.weight = joining.weight;
  profile.tags = tags;
  profile.max_states = joining.max_states;
  profile.state_memory_bytes = joining.state_memory_bytes;
  step(WorkerJoined{WorkerId{joining.worker}, PrincipalId{0}, profile});
}

void World::return_worker(std::uint32_t worker, std::initializer_list<Name> held) {
  const std::vector<Lease> list = leases(held);
  step(WorkerReturned{WorkerId{worker}, list});
}

void World::beat_worker(std::uint32_t worker, std::initializer_list<Name> held) {
  const std::vector<Lease> list = leases(held);
  step(WorkerBeat{WorkerId{worker}, list});
}

void World::drain(std::uint32_t worker) {
  step(WorkerDrainRequested{WorkerId{worker}});
}

void World::leave(std::uint32_t worker) {
  step(WorkerLeft{WorkerId{worker}});
}

void World::finish(const Report& report) {
  const PayloadRef result =
      report.delivered ? PayloadRef{} : ref(Kind::Result, {report.session, report.job});
  step(JobFinished{WorkerId{report.worker}, lease_of(report), result, attempt(report),
                   report.delivered});
}

/// The payload of the next stage is told from the job's own by its name: "result s0#1".
void World::forward(const Report& report) {
  const StateId state = report.state ? StateId{*report.state} : StateId::none();
  step(JobForwarded{WorkerId{report.worker}, lease_of(report), QueueId{report.queue}, state,
                    ref(Kind::Result, {report.session, report.job}), attempt(report)});
}

void World::fail(const Report& report) {
  step(JobFailed{WorkerId{report.worker}, lease_of(report),
                 report.delivered ? PayloadRef{} : ref(Kind::Text, {report.session, report.job}),
                 attempt(report), report.retry, report.delivered, report.died});
}

AttemptReport World::attempt(const Report& report) {
  AttemptReport attempt;
  attempt.run_time = report.run_time;
  attempt.load_time = report.load_time;
  attempt.load_failed = report.load_failed;
  attempt.state_bytes = report.state_bytes;
  if (report.holds) attempt.holds = *report.holds;
  return attempt;
}

void World::loaded(const Loading& loading) {
  step(StateLoaded{WorkerId{loading.worker}, StateId{loading.state}, loading.load_time, 0,
                   loading.failed});
}

void World::pin(const Pinning& pinning) {
  const QueueId queue = pinning.queue ? QueueId{*pinning.queue} : QueueId::none();
  step(PinRequested{SessionId{0}, pinning.state, StateId{pinning.state}, pinning.workers, queue});
}

void World::weigh(std::uint32_t user, double weight) {
  step(TenantWeighted{TenantId{user}, weight});
}

void World::hand_back(const Report& report) {
  step(JobHandedBack{WorkerId{report.worker}, lease_of(report)});
}

void World::give(const Report& report) {
  step(ResultFetched{WorkerId{report.worker}, lease_of(report),
                     ref(Kind::Result, {report.session, report.job})});
}

void World::miss(const Report& report) {
  step(ResultMissing{WorkerId{report.worker}, lease_of(report)});
}

void World::stop() {
  step(StopRequested{});
}

void World::pass(Duration duration) {
  now_ += duration;
  step(TimePassed{});
}

void World::stall(Duration duration) {
  now_ += duration;
  step(DriverStalled{duration});
}

std::vector<std::string> World::said() {
  return std::exchange(said_, {});
}

std::vector<std::string> World::evidence() {
  return std::exchange(evidence_, {});
}

void World::step(const Event& event) {
  Actions actions;
  scheduler_.step(now_, event, actions);
  scheduler_.check_invariants();
  for (const Action& action : actions) note(action);
}

void World::note(const Action& action) {
  const bool is_evidence = std::holds_alternative<NoteDeath>(action) ||
                           std::holds_alternative<NoteFailure>(action) ||
                           std::holds_alternative<ForgetDeaths>(action);
  (is_evidence ? evidence_ : said_).push_back(sentence(action));
  if (const auto* assign = std::get_if<Assign>(&action)) {
    assigned_[{assign->session.value, assign->sequence}] = assign->lease;
  }
}

std::vector<Lease> World::leases(std::initializer_list<Name> names) const {
  std::vector<Lease> list;
  for (const Name& name : names) list.push_back(lease(name));
  return list;
}

Lease World::lease_of(const Report& report) const {
  return report.lease ? *report.lease : lease({report.session, report.job});
}

}  // namespace steelyard::core
