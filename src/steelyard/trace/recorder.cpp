#include "steelyard/trace/recorder.hpp"

#include <utility>

#include "steelyard/base/assert.hpp"
#include "steelyard/trace/checksum.hpp"

namespace steelyard::trace {
namespace {

/// Room for the records of one more step, so that a block seldom grows.
constexpr std::size_t kSpareBytes = std::size_t{16} << 10;

template <class IdType>
void append_new_names(std::string& bytes, NameKind kind, const base::Interner<IdType>& names,
                      std::uint32_t& written) {
  for (; written < names.size(); ++written) append_name(bytes, kind, names.name(IdType{written}));
}

}  // namespace

Recorder::Recorder(const Preface& preface, std::shared_ptr<Sink> sink)
    : sink_(std::move(sink)), last_(preface.begun), handed_over_(preface.begun) {
  STEELYARD_ASSERT(sink_ != nullptr);
  append_preface(block_, preface);
  hand_over(preface.begun);
}

Recorder::~Recorder() {
  if (!stopped_) hand_over(last_);
}

void Recorder::note(TimePoint now, const core::Event& event, const core::Actions& actions,
                    const NameTables& names) {
  if (stopped_) return;
  note_names(names);
  append_event(block_, event, {now - last_, checksum(actions)});
  for (const core::Action& action : actions) append_decision(block_, action);
  last_ = now;
  if (block_.size() >= kBlockBytes || now - handed_over_ >= kLongestDelay) hand_over(now);
}

void Recorder::note_names(const NameTables& names) {
  append_new_names(block_, NameKind::Queue, names.queues, queues_);
  append_new_names(block_, NameKind::State, names.states, states_);
  append_new_names(block_, NameKind::User, names.users, users_);
  append_new_names(block_, NameKind::Tag, names.tags, tags_);
}

void Recorder::hand_over(TimePoint now) {
  handed_over_ = now;
  std::string full;
  full.reserve(kBlockBytes + kSpareBytes);
  full.swap(block_);
  stopped_ = !sink_->take(std::move(full));
}

}  // namespace steelyard::trace
