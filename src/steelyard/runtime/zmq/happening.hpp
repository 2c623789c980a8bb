#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steelyard {

/// Something that happened at a broker and that an operator may have to act on.
struct Happening {
  enum class Kind : std::uint8_t {
    WorkerJoined,    ///< a worker is here that was not known
    WorkerDraining,  ///< somebody lets a worker finish and go, or it asks for it itself
    WorkerLeft,      ///< it has gone in good order
    WorkerLost,      ///< it was silent for too long; its jobs go to others
    WorkerExpelled,  ///< it reported again and again about jobs that it does not have
    ClientJoined,    ///< a client is here that was not known
    ClientLeft,      ///< it has gone in good order, or had handed in nothing
    ClientGone,      ///< it was silent for too long, and had handed in jobs
    PeerRefused,     ///< a client or worker was turned away
    QueueUnserved,   ///< jobs came for a queue that no worker serves; once until one does
    QueueServed,     ///< the first worker of such a queue has come
    JobQuarantined,  ///< its workers died of it one after another
    JobReleased,     ///< out of quarantine, to be run once more
    JobDropped,      ///< out of quarantine, for good
    JobFailed,    ///< for good, through no answer of its work function: attempts, time limit, hops
    JobsRefused,  ///< a limit was reached
    LoadFailed,   ///< a worker could not load a state
    MessageMalformed,  ///< a peer said what cannot be understood
    JournalFailing,    ///< nothing can be written to it
    JournalRecovered,  ///< it can again
    LeftOut,           ///< so many of another kind were not told, because there were too many
  };
  enum class Severity : std::uint8_t { Debug, Info, Warning, Error };

  Kind kind = Kind::LeftOut;
  std::string text;  ///< a sentence for people
  /// What it is about, by fixed names: "worker", "address", "client", "session", "job", "queue",
  /// "state", "code", "count", "about".
  std::vector<std::pair<std::string_view, std::string>> fields{};
};

/// All kinds, in order.
inline constexpr std::uint8_t kHappenings = 21;

/// The fixed name, such as "worker_lost".
[[nodiscard]] std::string_view to_string(Happening::Kind kind);
[[nodiscard]] Happening::Severity severity_of(Happening::Kind kind);

}  // namespace steelyard
