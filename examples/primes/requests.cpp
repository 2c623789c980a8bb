#include "primes/requests.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>

#include "primes/connection.hpp"
#include "primes/stages.hpp"

namespace primes {
namespace {

using namespace steelyard;

constexpr int kLookForStop_ms = 100;

enum class Answered : std::uint8_t { Prime, NotPrime, Otherwise };

/// What the service says about a number.
Answered read_answer(const Reply& reply, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  std::string_view text = reply.body;
  const std::string_view name(digits.data(), static_cast<std::size_t>(end - digits.data()));
  if (reply.status != 200 || !text.starts_with(name)) return Answered::Otherwise;
  text.remove_prefix(name.size());
  return text == " is prime\n"       ? Answered::Prime
         : text == " is not prime\n" ? Answered::NotPrime
                                     : Answered::Otherwise;
}

/// All connections, and which candidates were asked about on which.
class Crowd {
 public:
  Crowd(const Candidates& candidates, const AskingOptions& options)
      : candidates_(candidates), options_(options) {}

  Result<void> connect() {
    for (std::size_t i = 0; i < options_.connections; ++i) {
      auto connection = Connection::open(options_.address);
      if (!connection) return tl::unexpected(connection.error());
      connections_.push_back({std::move(*connection)});
    }
    return {};
  }

  Result<std::uint64_t> run(const std::stop_token& stop) {
    while (answered_ < candidates_.count) {
      if (stop.stop_requested()) return failure(ErrorCode::Stopped, "interrupted");
      for (Asking& each : connections_) {
        if (auto done = serve(each); !done) return tl::unexpected(done.error());
      }
      wait();
    }
    return primes_;
  }

 private:
  struct Asking {
    std::unique_ptr<Connection> connection;
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    std::vector<std::uint64_t> places{};  ///< a ring of those that are asked about

    [[nodiscard]] std::uint64_t pending() const { return asked - answered; }
  };

  Result<void> serve(Asking& asking) {
    if (auto read = asking.connection->read(); !read) return read;
    while (true) {
      const auto reply = asking.connection->next_reply();
      if (!reply) return tl::unexpected(reply.error());
      if (!*reply) break;
      if (auto noted = note(asking, **reply); !noted) return noted;
    }
    ask(asking);
    return asking.connection->write();
  }

  Result<void> note(Asking& asking, const Reply& reply) {
    if (asking.pending() == 0) return failure(ErrorCode::WorkFailed, "an answer nobody asked for");
    const std::uint64_t place = asking.places[asking.answered++ % options_.pipelined];
    const Answered answer = read_answer(reply, candidates_.at(place));
    if (answer == Answered::Otherwise) {
      return failure(ErrorCode::WorkFailed,
                     fmt::format("asked about {}, the service answered with status {}: {}",
                                 candidates_.at(place), reply.status, reply.body));
    }
    if (answer == Answered::Prime) ++primes_;
    ++answered_;
    return {};
  }

  /// A few at a time, so that they leave in one piece.
  void ask(Asking& asking) {
    if (asking.pending() > options_.pipelined / 2) return;
    asking.places.resize(options_.pipelined);
    while (asking.pending() < options_.pipelined && next_ < candidates_.count) {
      asking.places[asking.asked++ % options_.pipelined] = next_;
      asking.connection->add(fmt::format("GET /is_prime?{}={} HTTP/1.1\r\nHost: {}\r\n\r\n",
                                         kParameter, candidates_.at(next_++), options_.address));
    }
  }

  void wait() {
    std::vector<pollfd> wanted;
    for (const Asking& each : connections_) wanted.push_back(each.connection->wanted());
    poll(wanted.data(), wanted.size(), kLookForStop_ms);
  }

  const Candidates candidates_;
  const AskingOptions options_;
  std::vector<Asking> connections_;
  std::uint64_t next_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t primes_ = 0;
};

}  // namespace

Result<std::uint64_t> count_primes(const Candidates& candidates, const AskingOptions& options,
                                   const std::stop_token& stop) {
  Crowd crowd(candidates, options);
  if (auto connected = crowd.connect(); !connected) return tl::unexpected(connected.error());
  return crowd.run(stop);
}

}  // namespace primes
