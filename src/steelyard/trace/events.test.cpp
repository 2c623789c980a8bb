#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steelyard/trace/decode.hpp"
#include "steelyard/trace/encode.hpp"
#include "steelyard/trace/test_recording.hpp"

namespace steelyard::trace {
namespace {

using testing::ElementsAre;

constexpr std::array kQueues{QueueId{0}, QueueId{3}};
constexpr std::array kStates{StateId{2}, StateId{1}};
constexpr std::array kTags{TagId{1}, TagId{4}};
constexpr std::array kLeases{Lease{7, 9}, Lease{0xffff'fffe, 0xffff'ffff}};

core::AttemptReport full_report() {
  return {Duration(5), Duration(6), true, 7, std::span<const StateId>(kStates)};
}

core::JobsSubmitted plain_submission(std::uint64_t first_sequence, QueueId queue) {
  core::JobsSubmitted event;
  event.session = SessionId{1};
  event.first_sequence = first_sequence;
  event.count = 1;
  event.queue = queue;
  return event;
}

core::JobsSubmitted full_submission() {
  return {SessionId{1},
          2,
          3,
          QueueId{4},
          StateId{1},
          TenantId{2},
          -7,
          kTags,
          8,
          TimePoint(Duration(5)),
          TimePoint(Duration(9)),
          Duration(6),
          PayloadRef{10},
          true,
          KeyId{11},
          12,
          true};
}

/// One of each, and further ones where a field can be absent.
std::vector<core::Event> every_event() {
  const core::WorkerProfile profile{kQueues, -5, 6, 7, 0.3, kTags, 8, std::uint64_t{1} << 40};
  return {
      core::SessionOpened{SessionId{3}, PrincipalId{4}, true},
      core::SessionOpened{SessionId{0}, PrincipalId::none(), false},
      core::SessionBeat{SessionId{1}},
      core::SessionClosed{SessionId{2}},
      core::SessionEnding{SessionId{3}},
      core::SessionAborted{SessionId{3}},
      full_submission(),
      plain_submission(UINT64_MAX, QueueId{0}),
      core::ResultsReceived{SessionId{1}, 2, 3, 4},
      core::NumbersSpent{SessionId{1}, 2},
      core::CancelRequested{SessionId{1}, 2, SessionId::none(), 4},
      core::CancelMatching{SessionId{1}, 2, QueueId{3}, TenantId{4}, true},
      core::QuarantineDecided{SessionId{1}, 2, SessionId{3}, 4, true},
      core::JobAsked{SessionId{1}, 2, SessionId{3}, 4},
      core::WorkerJoined{WorkerId{1}, PrincipalId{2}, profile},
      core::WorkerReturned{WorkerId{1}, kLeases},
      core::WorkerBeat{WorkerId{1}, kLeases, 9},
      core::WorkerDrainRequested{WorkerId{1}},
      core::WorkerLeft{WorkerId{1}},
      core::JobFinished{WorkerId{1}, Lease{2, 3}, PayloadRef{4}, full_report(), false},
      core::JobFinished{WorkerId{1}, Lease{2, 3}, PayloadRef{}, {}, true},
      core::JobFailed{WorkerId{1}, Lease{2, 3}, PayloadRef{4}, full_report(), true, true, true},
      core::JobForwarded{WorkerId{1}, Lease{2, 3}, QueueId{4}, StateId{2}, PayloadRef{6},
                         full_report()},
      core::JobStopped{WorkerId{1}, Lease{2, 3}, full_report(), true},
      core::StopIgnored{WorkerId{1}, Lease{2, 3}},
      core::JobProgressed{WorkerId{1}, Lease{2, 3}, 40},
      core::JobHandedBack{WorkerId{1}, Lease{2, 3}},
      core::ResultFetched{WorkerId{1}, Lease{2, 3}, PayloadRef{4}},
      core::ResultMissing{WorkerId{1}, Lease{2, 3}},
      core::StateLoaded{WorkerId{1}, StateId{2}, Duration(3), 4, true},
      core::PinRequested{SessionId{1}, 2, StateId{3}, 4, QueueId::none()},
      core::TenantWeighted{TenantId{1}, 2.5},
      core::StopRequested{},
      core::Persisted{7},
      core::LogFailing{ErrorCode::JournalFull},
      core::SessionRestored{SessionId{1}, PrincipalId{2}},
      core::JobRestored{full_submission(), TimePoint(Duration(3)), 10, 4, 5, true,
                        core::Restored::Answered, core::Outcome::Failed, ErrorCode::WorkFailed,
                        PayloadRef{6}, Duration(7), Duration(8), TimePoint(Duration(9))},
      core::DriverStalled{Duration(5)},
      core::TimePassed{},
  };
}

Names some_names() {
  const std::vector<std::string> five(5, "x");
  return {five, five, five, five};
}

/// A record as its field and its bytes.
std::pair<int, std::string_view> taken_apart(std::string_view record) {
  const bool is_long = static_cast<unsigned char>(record[0]) >= 0x80;
  const int tag = (record[0] & 0x7f) | (is_long ? record[1] << 7 : 0);
  return {tag >> 3, record.substr(is_long ? 3 : 2)};
}

std::optional<DecodedEvent> there_and_back(const core::Event& event, Spans& spans) {
  std::string bytes;
  append_event(bytes, event, {Duration(77), 0x1234'5678});
  const auto [field, record] = taken_apart(bytes);
  return decode_event(field, record, some_names(), spans);
}

template <class Event>
Event same(const Event& event, Spans& spans) {
  const auto decoded = there_and_back(event, spans);
  return std::get<Event>(decoded.value().event);
}

TEST(RecordedEvents, are_all_of_them_the_same_when_they_are_read) {
  std::set<std::size_t> kinds;
  for (const core::Event& event : every_event()) {
    kinds.insert(event.index());
    Spans spans;
    const auto decoded = there_and_back(event, spans);
    ASSERT_TRUE(decoded) << event.index();
    EXPECT_EQ(decoded->event.index(), event.index());
    EXPECT_EQ(decoded->stamp.after, Duration(77));
    EXPECT_EQ(decoded->stamp.checksum, 0x1234'5678U);
    std::string first;
    std::string again;
    append_event(first, event, {});
    append_event(again, decoded->event, {});
    EXPECT_EQ(again, first) << event.index();
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<core::Event>);
}

TEST(RecordedEvents, keep_every_field_of_a_submission) {
  Spans spans;
  const auto event = same(full_submission(), spans);
  EXPECT_EQ(event.session, SessionId{1});
  EXPECT_EQ(event.first_sequence, 2U);
  EXPECT_EQ(event.count, 3U);
  EXPECT_EQ(event.queue, QueueId{4});
  EXPECT_EQ(event.state, StateId{1});
  EXPECT_EQ(event.tenant, TenantId{2});
  EXPECT_EQ(event.priority, -7);
  EXPECT_THAT(event.tags, ElementsAre(TagId{1}, TagId{4}));
  EXPECT_EQ(event.state_bytes, 8U);
  EXPECT_EQ(event.start_by, TimePoint(Duration(9)));
  EXPECT_EQ(event.first_payload, PayloadRef{10});
  EXPECT_TRUE(event.keep);
  const auto plain = same(plain_submission(2, QueueId{4}), spans);
  EXPECT_EQ(plain.start_by, strategy::kNever);
  EXPECT_FALSE(plain.state.valid());
  EXPECT_FALSE(plain.tenant.valid());
}

TEST(RecordedEvents, keep_every_field_of_a_workers_offer) {
  Spans spans;
  const core::WorkerProfile profile{kQueues, -5, 6, 7, 0.3, kTags, 8, std::uint64_t{1} << 40};
  const auto event = same(core::WorkerJoined{WorkerId{1}, PrincipalId{2}, profile}, spans);
  EXPECT_EQ(event.worker, WorkerId{1});
  EXPECT_EQ(event.principal, PrincipalId{2});
  EXPECT_THAT(event.profile.queues, ElementsAre(QueueId{0}, QueueId{3}));
  EXPECT_EQ(event.profile.priority_min, -5);
  EXPECT_EQ(event.profile.priority_max, 6);
  EXPECT_EQ(event.profile.slots, 7U);
  EXPECT_EQ(event.profile.weight, 0.3);
  EXPECT_THAT(event.profile.tags, ElementsAre(TagId{1}, TagId{4}));
  EXPECT_EQ(event.profile.max_states, 8U);
  EXPECT_EQ(event.profile.state_memory_bytes, std::uint64_t{1} << 40);
}

TEST(RecordedEvents, keep_every_field_of_a_report) {
  Spans spans;
  const auto event = same(
      core::JobFailed{WorkerId{1}, Lease{2, 3}, PayloadRef{4}, full_report(), true, true}, spans);
  EXPECT_EQ(event.worker, WorkerId{1});
  EXPECT_EQ(event.lease, (Lease{2, 3}));
  EXPECT_EQ(event.error, PayloadRef{4});
  EXPECT_EQ(event.report.run_time, Duration(5));
  EXPECT_EQ(event.report.load_time, Duration(6));
  EXPECT_TRUE(event.report.load_failed);
  EXPECT_EQ(event.report.state_bytes, 7U);
  ASSERT_TRUE(event.report.holds);
  EXPECT_THAT(*event.report.holds, ElementsAre(StateId{2}, StateId{1}));
  EXPECT_TRUE(event.retry);
  EXPECT_TRUE(event.delivered);
  const core::AttemptReport holds_nothing{Duration(5), {}, false, 0, std::span<const StateId>()};
  const auto finished =
      same(core::JobFinished{WorkerId{1}, Lease{2, 3}, {}, holds_nothing, true}, spans);
  ASSERT_TRUE(finished.report.holds);
  EXPECT_TRUE(finished.report.holds->empty());
}

TEST(RecordedEvents, with_names_that_were_never_told_are_refused) {
  Spans spans;
  EXPECT_FALSE(there_and_back(plain_submission(2, QueueId{5}), spans));
  EXPECT_FALSE(there_and_back(core::TenantWeighted{TenantId{5}, 1}, spans));
  EXPECT_FALSE(there_and_back(core::SessionBeat{SessionId{1U << 30}}, spans));
  EXPECT_FALSE(there_and_back(core::DriverStalled{Duration(-1)}, spans));
}

TEST(RecordedDecisions, keep_what_is_recorded_of_them) {
  core::Assign assign;
  assign.worker = WorkerId{1};
  assign.lease = {2, 3};
  assign.session = SessionId{4};
  assign.sequence = 5;
  assign.loads = true;
  const std::vector<core::Action> decisions{
      assign,
      core::Evict{WorkerId{1}, StateId{2}},
      core::LoadState{WorkerId{1}, StateId{2}, QueueId{3}},
      core::Reject{SessionId{1}, 2, 3, ErrorCode::UserOverLimit, 4},
      core::DeclareLost{WorkerId{1}},
      core::Dismiss{WorkerId{1}},
      core::RefuseWorker{WorkerId{1}, ErrorCode::TooManyPools},
      core::ForgetSession{SessionId{1}}};
  for (const core::Action& decision : decisions) {
    std::string bytes;
    append_decision(bytes, decision);
    const auto [field, record] = taken_apart(bytes);
    EXPECT_TRUE(is_decision(field));
    EXPECT_EQ(decode_decision(field, record, some_names()), decision);
    EXPECT_EQ(decision_of(decision), decision);
  }
  core::Assign more = assign;
  more.queue = QueueId{1};
  more.waited = Duration(5);
  EXPECT_EQ(decision_of(more), core::Action(assign));
}

TEST(RecordedDecisions, are_not_made_of_other_actions) {
  std::string bytes;
  append_decision(bytes, core::Forget{SessionId{1}, {}, 1});
  EXPECT_EQ(bytes, "");
  EXPECT_EQ(decision_of(core::EndSession{SessionId{1}}), std::nullopt);
}

}  // namespace
}  // namespace steelyard::trace
