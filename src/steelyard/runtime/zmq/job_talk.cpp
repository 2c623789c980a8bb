#include "steelyard/runtime/zmq/job_talk.hpp"

#include <algorithm>

#include "steelyard/runtime/task/partial_charge.hpp"

namespace steelyard::zmq_runtime {

void JobTalk::partial(std::uint64_t lease, std::string_view bytes) {
  Account& account = accounts_[lease];
  parts_.push_back({lease, account.said_bytes, std::string(bytes)});
  account.said_bytes += bytes.size();
}

void JobTalk::hear(const wire::PartialCredit& message) {
  const auto found = accounts_.find(message.lease());
  if (found == accounts_.end()) return;
  Account& account = found->second;
  std::uint64_t credit = message.bytes();
  if (message.in_flight()) {
    credit = account.before_bytes - std::min(account.before_bytes, message.bytes());
    account.before_bytes = 0;
  }
  credit = std::min(credit, account.sent_bytes);
  account.sent_bytes -= credit;
  if (credit > 0) orders_.push_back({message.lease(), std::nullopt, credit});
}

void JobTalk::resumed() {
  for (auto& [lease, account] : accounts_) account.before_bytes = account.sent_bytes;
}

/// Signs of life first.
std::optional<std::string> JobTalk::next_message() {
  if (ignored_.leases_size() > 0) return wire::encode(std::exchange(ignored_, {}));
  if (!progress_.empty()) {
    wire::Progress message;
    for (const auto& [lease, percent] : std::exchange(progress_, {})) {
      message.add_leases(lease);
      message.add_percents(percent);
    }
    return wire::encode(message);
  }
  if (parts_.empty()) return std::nullopt;
  const Part part = std::move(parts_.front());
  parts_.pop_front();
  const auto account = accounts_.find(part.lease);
  if (account != accounts_.end()) {
    account->second.sent_bytes += partial_charge_bytes(part.bytes.size());
  }
  wire::Partial message;
  message.set_lease(part.lease);
  message.set_offset(part.offset);
  return wire::encode(message, part.bytes);
}

}  // namespace steelyard::zmq_runtime
