#include "steelyard/core/simulation/promises.test.hpp"

#include "steelyard/core/simulation/model.test.hpp"

namespace steelyard::core {
namespace {

std::string text(const Promises::Name& name) {
  return "s" + std::to_string(name.first.value) + "#" + std::to_string(name.second);
}

}  // namespace

void Promises::note(const Action& action, const Event& event, std::uint64_t appended,
                    std::uint64_t persisted) {
  if (const auto* append = std::get_if<Append>(&action)) {
    note_record(*append, appended);
  } else if (const auto* said = std::get_if<Acknowledge>(&action)) {
    for (auto& [name, all] : promises_) {
      if (name.first != said->session || name.second > said->journalled_through) continue;
      Promise& promise = all.back();
      if (promise.is_acknowledged) continue;
      require(promise.submitted_at <= persisted, text(name) + " acknowledged and not on disk");
      promise.is_acknowledged = true;
      ++acknowledged_;
    }
  } else if (const auto* no = std::get_if<Reject>(&action)) {
    for (std::uint32_t i = 0; i < no->count; ++i) {
      const auto promise = promises_.find({no->session, no->first_sequence + i});
      if (promise == promises_.end() || promise->second.back().is_forgotten) continue;
      require(!promise->second.back().is_acknowledged,
              text(promise->first) + " acknowledged and refused");
    }
  } else if (const auto* deliver = std::get_if<Deliver>(&action)) {
    const bool asked = std::holds_alternative<JobsSubmitted>(event);
    const Name name{deliver->session, deliver->sequence};
    require(asked || !said_.contains(name), text(name) + " answered to one who has its answer");
  }
}

void Promises::note_record(const Append& append, std::uint64_t appended) {
  for (std::uint32_t i = 0; i < append.count; ++i) {
    const Name name{append.session, append.sequence + i};
    const std::uint64_t position = appended + i + 1;
    if (append.what == Append::What::Submitted) {
      auto& all = promises_[name];
      require(all.empty() || all.back().is_forgotten, text(name) + " is in the log twice");
      all.push_back({position});
      continue;
    }
    const auto found = promises_.find(name);
    require(found != promises_.end(), text(name) + " is in the log and was not handed in");
    Promise& promise = found->second.back();
    if (append.what == Append::What::Answered) {
      promise.stored_at = position;
      promise.is_stored = true;
    } else if (append.what == Append::What::Forgotten) {
      const bool is_kept = told_.contains(name) || promise.is_stored || droppable_.contains(name);
      require(!promise.is_acknowledged || is_kept, text(name) + " acknowledged and forgotten");
      promise.forgotten_at = position;
      promise.is_forgotten = true;
    }
  }
}

void Promises::crash(std::uint64_t through) {
  for (auto& [name, all] : promises_) {
    std::erase_if(all, [&, &of = name](const Promise& promise) {
      const bool is_lost = promise.submitted_at > through;
      require(!is_lost || !promise.is_acknowledged, text(of) + " acknowledged and not on disk");
      return is_lost;
    });
    for (Promise& promise : all) {
      if (promise.stored_at > through) promise.is_stored = false;
      if (promise.forgotten_at > through) promise.is_forgotten = false;
      if (!promise.is_forgotten) said_.erase(name);
      promise.submitted_at = promise.stored_at = promise.forgotten_at = 0;
    }
  }
  std::erase_if(promises_, [](const auto& entry) { return entry.second.empty(); });
}

void Promises::check(const Scheduler& scheduler) const {
  for (const auto& [name, all] : promises_) {
    if (!all.back().is_acknowledged || all.back().is_forgotten) continue;
    require(scheduler.find(name.first, name.second) != kNoJob,
            text(name) + " was acknowledged and is lost");
  }
}

void Promises::forget(SessionId id) {
  const auto is_its = [id](const Name& name) { return name.first == id; };
  for (const auto& [name, all] : promises_) {
    require(!is_its(name) || all.back().is_forgotten, text(name) + " forgotten with its session");
  }
  std::erase_if(promises_, [&](const auto& entry) { return is_its(entry.first); });
  std::erase_if(told_, is_its);
  std::erase_if(said_, is_its);
  std::erase_if(droppable_, is_its);
}

}  // namespace steelyard::core
