#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "steelyard/base/names.hpp"
#include "steelyard/runtime/zmq/broker_port.hpp"
#include "steelyard/runtime/zmq/direct_address.hpp"
#include "steelyard/runtime/zmq/peer_name.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"

/// How clients and workers greet, are welcomed, return and are let go.
namespace steelyard::zmq_runtime {
namespace {

/// An address is passed on to workers: a long one is no address.
constexpr std::size_t kMaxAddressBytes = 256;

template <class IdType>
Peer*& place_for(std::vector<Peer*>& peers, IdType id) {
  if (id.index() >= peers.size()) peers.resize(id.index() + 1, nullptr);
  return peers[id.index()];
}

/// A peer's name for people; whatever could disturb a terminal or a page is left out.
std::string presentable(const std::string& name) {
  return is_valid_name(name) ? name : std::string("unnamed");
}

}  // namespace

void BrokerPort::greet(std::string_view route, const wire::Envelope& envelope) {
  wire::Hello hello;
  if (const auto read = wire::read(envelope, hello); !read) {
    return answer_stranger(route, read.error());
  }
  Peer& peer = meet(route);
  const bool has_all = peer.sender.idle();
  forget_parts(peer);
  peer.sender.clear();
  peer.name = presentable(hello.name());
  const bool client = hello.role() == wire::ROLE_CLIENT;
  const bool worker = hello.role() == wire::ROLE_WORKER && hello.has_worker();
  if (hello.key() == 0 || (!client && !worker)) {
    return refuse(peer, {ErrorCode::Malformed, "a hello names a role and a key that is not 0"});
  }
  if ((hello.has_reply_to() && !is_direct_address(hello.reply_to().address())) ||
      hello.reply_to().address().size() > kMaxAddressBytes ||
      (hello.has_reply_to() && hello.reply_to().secret().size() != kSecretBytes)) {
    return refuse(peer,
                  {ErrorCode::Malformed,
                   fmt::format("results go to a numeric tcp:// address, an abstract ipc:// or "
                               "an inproc:// name, with a secret of {} bytes",
                               kSecretBytes)});
  }
  // A connection keeps its role and key for as long as it lasts.
  const bool changed = (peer.session.valid() && sessions_.key(peer.session) != hello.key()) ||
                       (peer.worker.valid() && workers_.key(peer.worker) != hello.key()) ||
                       (peer.session.valid() && worker) || (peer.worker.valid() && client);
  if (changed)
    return fault(peer, {ErrorCode::Malformed, "this connection greeted as another peer"});
  client ? greet_client(peer, hello) : greet_worker(peer, hello, has_all);
}

void BrokerPort::greet_client(Peer& peer, const wire::Hello& hello) {
  SessionId session = sessions_.find(hello.key());
  const bool is_known = session.valid() && scheduler_.is_open(session);
  // One from the journal: what its client has not had acknowledged it hands in anew.
  const bool is_restored = is_known && session.index() < is_restored_.size() &&
                           is_restored_[session.index()] &&
                           hello.incarnation() != options_.incarnation;
  const bool resumed = is_known && !is_restored;
  if (!is_known) {
    if (sessions_.in_use() >= options_.limits.max_sessions) {
      return refuse(peer, {ErrorCode::TooManySessions,
                           fmt::format("max_sessions = {}", options_.limits.max_sessions)});
    }
    session = sessions_.give(hello.key());
    if (session.index() < is_restored_.size()) is_restored_[session.index()] = false;
  } else if (Peer* former = peer_of(session); former != nullptr && former != &peer) {
    part(*former);
  }
  if (peer.session.valid() && peer.session != session) {
    // The former session was closed by its silence, and what was owed to it is owed to nobody.
    session_peers_[peer.session.index()] = nullptr;
    peer.outbox = Outbox();
  }
  peer.session = session;
  peer.handed_in = is_restored || (is_known && scheduler_.watermark(session) > 0);
  place_for(session_peers_, session) = &peer;
  if (session.index() >= reply_to_.size()) reply_to_.resize(session.index() + 1);
  reply_to_[session.index()] = hello.reply_to();
  wire::Welcome message = welcome(resumed);
  if (resumed) message.set_watermark(scheduler_.watermark(session));
  outbox(peer).say(message);
  step(core::SessionOpened{session, peer.principal});
  if (!resumed) tell_client(Happening::Kind::ClientJoined, peer, "joined");
  if (resumed) renew_streams(session);
}

/// `has_all`: nothing that was said to it on this connection is left unsent.
void BrokerPort::greet_worker(Peer& peer, const wire::Hello& hello, bool has_all) {
  WorkerId worker = workers_.find(hello.key());
  std::vector<Lease> held;
  if (worker.valid()) {
    Peer* const former = peer_of(worker);
    if (former != nullptr && former != &peer) part(*former);
    for (const std::uint64_t lease : hello.worker().leases()) {
      held.push_back(Lease::from_bits(lease));
    }
    peer.worker = worker;
    worker_peers_[worker.index()] = &peer;
    outbox(peer).say(welcome(true));
    audit_.resume(worker);
    // On the same connection what it does not list is on its way to it.
    if (former == &peer && has_all) {
      step(core::WorkerBeat{worker, held});
    } else {
      step(core::WorkerReturned{worker, held});
    }
    renew_streams(worker);
    repeat_stops(worker);
    return;
  }
  std::vector<QueueId> queues;
  std::vector<TagId> tags;
  const auto profile = read_offer(hello.worker(), queues, tags);
  if (!profile) return refuse(peer, profile.error());
  worker = workers_.give(hello.key());
  audit_.begin(worker);
  peer.worker = worker;
  place_for(worker_peers_, worker) = &peer;
  if (worker.index() >= worker_names_.size()) worker_names_.resize(worker.index() + 1);
  worker_names_[worker.index()] = peer.name;
  if (worker.index() < worker_addresses_.size()) worker_addresses_[worker.index()].clear();
  outbox(peer).say(welcome(false));
  step(core::WorkerJoined{worker, peer.principal, *profile});
  if (scheduler_.workers().joined(worker)) tell_joined(worker, hello.worker(), queues);
}

Result<core::WorkerProfile> BrokerPort::read_offer(const wire::WorkerOffer& offer,
                                                   std::vector<QueueId>& queues,
                                                   std::vector<TagId>& tags) {
  if (offer.queues_size() == 0 || offer.queues_size() > kMaxQueuesPerWorker) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a worker serves 1 to {} queues", kMaxQueuesPerWorker));
  }
  if (offer.slots() == 0 || offer.slots() > kMaxSlots || !std::isfinite(offer.weight()) ||
      offer.weight() <= 0 || offer.priority_min() > offer.priority_max()) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a worker has 1 to {} slots, a weight above 0 and "
                               "priority_min <= priority_max",
                               kMaxSlots));
  }
  if (offer.max_states() > kMaxStates) {
    return failure(ErrorCode::InvalidArgument,
                   fmt::format("a worker holds 1 to {} states", kMaxStates));
  }
  for (const std::string& name : offer.queues()) {
    if (!is_valid_name(name))
      return failure(ErrorCode::InvalidName, "a queue's name is not allowed");
    queues.push_back(queues_.intern(name));
    if (!queues.back().valid()) {
      return failure(ErrorCode::TooManyNames, fmt::format("max_names = {}", options_.max_names));
    }
  }
  auto named = tags_of(offer.tags(), kMaxTagsPerWorker);
  if (!named) return tl::unexpected(named.error());
  tags = std::move(*named);
  core::WorkerProfile profile{queues, offer.priority_min(), offer.priority_max(), offer.slots(),
                              offer.weight()};
  profile.tags = tags;
  profile.max_states = std::max(offer.max_states(), std::uint32_t{1});
  profile.state_memory_bytes = offer.state_memory_bytes();
  return profile;
}

wire::Welcome BrokerPort::welcome(bool resumed) const {
  wire::Welcome message;
  message.set_incarnation(options_.incarnation);
  message.set_resumed(resumed);
  message.mutable_limits()->set_max_payload_bytes(options_.max_payload_bytes);
  message.mutable_limits()->set_max_message_bytes(max_message_bytes());
  message.mutable_limits()->set_max_unfinished_jobs(
      options_.limits.max_unfinished_jobs_per_session);
  message.set_beat_ms(static_cast<std::uint32_t>(kBeat.count()));
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  message.set_lost_after_ms(static_cast<std::uint32_t>(
      duration_cast<milliseconds>(options_.limits.worker_lost_after).count()));
  message.set_program(program_name());
  return message;
}

void BrokerPort::refuse(Peer& peer, const Error& error) {
  ++refused_;
  tell_refused(peer, error);
  count_refusal(error.code, 1);
  wire::Refused message;
  message.set_code(std::string(to_string(error.code)));
  message.set_text(error.context);
  outbox(peer).say(message);
  part(peer);
}

Peer& BrokerPort::meet(std::string_view route) {
  std::unique_ptr<Peer>& place = peers_[std::string(route)];
  if (!place) {
    place = std::make_unique<Peer>();
    place->route = route;
  }
  place->gone = false;
  place->leaves = false;
  return *place;
}

void BrokerPort::forget_parts(Peer& peer) {
  arriving_bytes_ -= peer.receiver.kept_bytes();
  peer.receiver.clear();
}

/// Lets go of the connection at the end of the cycle, after what is still to be said.
void BrokerPort::part(Peer& peer) {
  if (peer.session.valid() && peer_of(peer.session) == &peer) {
    session_peers_[peer.session.index()] = nullptr;
  }
  if (peer.worker.valid() && peer_of(peer.worker) == &peer) {
    worker_peers_[peer.worker.index()] = nullptr;
  }
  forget_parts(peer);
  peer.session = SessionId::none();
  peer.worker = WorkerId::none();
  peer.gone = true;
  outbox(peer);
}

}  // namespace steelyard::zmq_runtime
