#include "steelyard/runtime/zmq/link_sockets.hpp"

#include "steelyard/runtime/zmq/clock.hpp"

namespace steelyard::zmq_runtime {

void LinkSockets::exchange(DirectReturns& returns) {
  obey(returns);
  for (auto& [session, link] : links_) {
    if (!link.is_greeting) continue;
    while (const auto message = link.socket.receive()) {
      returns.receive(session, {message->data<char>(), message->size()}, now());
    }
    link.is_greeting = returns.is_greeting(session);
  }
  while (auto message = returns.next_message()) {
    const auto link = links_.find(message->session);
    if (link != links_.end() && link->second.socket.send(std::move(message->bytes))) continue;
    returns.cannot_send(message->session, now());
  }
  obey(returns);
}

void LinkSockets::obey(DirectReturns& returns) {
  for (const DirectReturns::Wish& wish : returns.take_wishes()) {
    links_.erase(wish.session);
    if (wish.address.empty()) continue;
    Link& link = links_
                     .try_emplace(wish.session,
                                  Link{Socket(context_, Socket::Kind::Link, max_message_bytes_)})
                     .first->second;
    // Then nothing can be sent, which is noticed.
    static_cast<void>(link.socket.connect(wish.address));
  }
}

bool LinkSockets::has_input() {
  bool has_any = false;
  for (auto& [session, link] : links_) {
    has_any = has_any || (link.is_greeting && link.socket.has_input());
  }
  return has_any;
}

void LinkSockets::add_to(std::vector<int>& descriptors) const {
  for (const auto& [session, link] : links_) {
    if (link.is_greeting) descriptors.push_back(link.socket.descriptor());
  }
}

}  // namespace steelyard::zmq_runtime
