// Any bytes of a client, in any pieces, into the conversation that the sockets feed: what is handed
// over is sound, what is said is well-formed and in order, and how the bytes were cut changes
// nothing.
//
// The input is a byte that chooses how the handler answers, a byte that chooses how the rest is
// cut, and the client's bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "steelyard/base/assert.hpp"
#include "steelyard/gateway/http/conversation.hpp"

namespace {

using namespace steelyard;
using namespace steelyard::http;

constexpr std::size_t kMaxBodyBytes = 300;

bool is_text(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < ' ' && c != '\t') || byte == 127) return false;
  }
  return true;
}

void check(const Request& request) {
  STEELYARD_ASSERT(!request.method().empty() && is_text(request.method()));
  STEELYARD_ASSERT(request.path().starts_with('/'));
  STEELYARD_ASSERT(is_text(request.path()) && is_text(request.query()));
  STEELYARD_ASSERT(request.body().size() <= kMaxBodyBytes);
  request.each_header([](std::string_view name, std::string_view value) {
    STEELYARD_ASSERT(!name.empty() && is_text(name) && is_text(value));
    STEELYARD_ASSERT(name.find_first_of(" \t:") == std::string_view::npos);
  });
  const bool has_length = request.header("content-length").has_value();
  const bool has_encoding = request.header("transfer-encoding").has_value();
  STEELYARD_ASSERT(!(has_length && has_encoding));
  STEELYARD_ASSERT(request.body().empty() || has_length || has_encoding);
  if (has_length) {
    const std::string length(*request.header("content-length"));
    STEELYARD_ASSERT(std::strtoull(length.c_str(), nullptr, 10) == request.body().size());
  }
}

/// Answers at once, later, in another order, as a stream, or lets the exchange go.
class AnyHandler final : public Handler {
 public:
  explicit AnyHandler(unsigned manner) : manner_(manner) {}

  void handle(Request request, std::shared_ptr<Exchange> exchange) override {
    check(request);
    seen += std::string(request.method()) + " " + std::string(request.path()) + "?" +
            std::string(request.query()) + " " + std::string(request.body()) + "\n";
    heads.push_back(request.method() == "HEAD");
    exchange->when_gone([] {});
    const unsigned manner = (manner_ + static_cast<unsigned>(heads.size()) * (manner_ >> 4)) % 5;
    switch (manner) {
      case 0:
        exchange->respond({.body = "now"});
        break;
      case 1:
        kept.push_back(std::move(exchange));
        break;
      case 2:
        exchange->begin_stream({.status = 200, .body = "piece"});
        exchange->when_unsent_at_most(0, [exchange] {
          exchange->send("more");
          exchange->end();
        });
        break;
      case 3:
        exchange->respond({.status = 304});  // 204 is the server's
        break;
      default:
        break;
    }
  }

  void answer_one() {
    if (kept.empty()) return;
    // From behind and from the front in turn.
    const bool last = kept.size() % 2 == 0;
    const auto exchange = last ? kept.back() : kept.front();
    last ? kept.pop_back() : kept.pop_front();
    exchange->respond({.body = "later"});
  }

  std::string seen;
  std::vector<bool> heads;
  std::deque<std::shared_ptr<Exchange>> kept;

 private:
  const unsigned manner_;
};

/// Reads the answers as a client would; asserts that it can.
class AnswerReader {
 public:
  void read(std::string_view out, const std::vector<bool>& heads) {
    while (!out.empty()) {
      STEELYARD_ASSERT(!is_last);
      STEELYARD_ASSERT(out.starts_with("HTTP/1.1 "));
      const std::size_t end = out.find("\r\n\r\n");
      STEELYARD_ASSERT(end != std::string_view::npos);
      const std::string_view head = out.substr(0, end + 2);
      out.remove_prefix(end + 4);
      const int status = std::atoi(std::string(head.substr(9, 3)).c_str());
      if (status == 100) continue;
      STEELYARD_ASSERT(status >= 200);
      is_last = head.find("Connection: close\r\n") != std::string_view::npos;
      if (status == 204) continue;  // to OPTIONS *, which no handler sees
      // What a handler saw is answered with a problem too when the handler lets it go.
      const bool was_handled = count < heads.size();
      was_refused = !was_handled && is_last &&
                    head.find("application/problem+json") != std::string_view::npos;
      const bool to_head = was_handled && heads[count];
      ++count;
      if (!to_head && status != 304) out.remove_prefix(body_bytes(head, out));
    }
  }

  std::size_t count = 0;
  bool is_last = false;
  bool was_refused = false;

 private:
  static std::size_t body_bytes(std::string_view head, std::string_view rest) {
    if (const std::size_t at = head.find("Content-Length: "); at != std::string_view::npos) {
      const auto size =
          static_cast<std::size_t>(std::atoi(std::string(head.substr(at + 16)).c_str()));
      STEELYARD_ASSERT(size <= rest.size());
      return size;
    }
    if (head.find("Transfer-Encoding: chunked") == std::string_view::npos) return rest.size();
    std::size_t taken = 0;
    for (;;) {
      const std::string size_text(rest.substr(taken, 16));
      const std::size_t line = size_text.find("\r\n");
      STEELYARD_ASSERT(line != std::string::npos && line > 0);
      const std::size_t size = std::strtoull(size_text.c_str(), nullptr, 16);
      taken += line + 2 + size + 2;
      STEELYARD_ASSERT(taken <= rest.size() && rest.substr(taken - 2, 2) == "\r\n");
      if (size == 0) return taken;
    }
  }
};

class World final : public Conversation::Owner {
 public:
  explicit World(unsigned manner) : handler(manner) {}
  void output_ready() override {}
  void wake() override { woken = true; }

  void flush() {
    while (woken || !conversation.unsent().empty()) {
      const std::size_t bytes = (conversation.unsent().size() + 1) / 2;
      out += conversation.unsent().substr(0, bytes);
      if (bytes > 0) conversation.sent(bytes);
      if (std::exchange(woken, false)) conversation.go_on();
    }
  }

  void finish() {
    flush();
    while (!handler.kept.empty()) {
      handler.answer_one();
      flush();
    }
    AnswerReader reader;
    reader.read(out, handler.heads);
    STEELYARD_ASSERT(around.counters.unanswered.read() == 0);
    // Behind a stream that only the end of the connection ends nothing is answered.
    was_cut_off = around.counters.gone.read() > 0;
    STEELYARD_ASSERT(reader.count + around.counters.gone.read() >= around.counters.requests.read());
    STEELYARD_ASSERT(!reader.is_last || conversation.is_over());
    was_refused = reader.was_refused;
  }

  static ServerOptions limits() {
    ServerOptions options;
    options.max_header_bytes = 400;
    options.max_body_bytes = kMaxBodyBytes;
    options.max_pipelined_requests = 4;
    return options;
  }

  ServerOptions options = limits();
  boost::asio::io_context io;
  AnyHandler handler;
  TimePoint now{std::chrono::hours(1)};
  Surroundings around{.options = options,
                      .handler = &handler,
                      .executor = io.get_executor(),
                      .clock = [this] { return now; },
                      .date = "now"};
  Conversation conversation{around, "peer", *this};
  std::string out;
  bool woken = false;
  bool was_refused = false;
  bool was_cut_off = false;
};

/// The bytes in pieces of varying size; between them time passes, and answers leave.
void feed_pieces(World& world, std::string_view bytes, unsigned cut) {
  for (unsigned i = 0; !bytes.empty() && !world.conversation.is_over(); ++i) {
    if (!world.conversation.wants_input()) world.handler.answer_one();
    const std::size_t size = 1 + (cut + i * (cut >> 3)) % 23;
    world.conversation.receive(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
    if (i % 3 == 0) world.handler.answer_one();
    world.flush();
    world.now += std::chrono::microseconds(cut);  // never enough for a time-out
    world.conversation.pass_time(world.now);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  const unsigned manner = data[0];
  const unsigned cut = data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  World whole(manner);
  whole.conversation.receive(bytes);
  whole.finish();
  World pieces(manner);
  feed_pieces(pieces, bytes, cut);
  pieces.finish();
  if (!whole.was_cut_off && !pieces.was_cut_off) {
    STEELYARD_ASSERT(whole.handler.seen == pieces.handler.seen);
    STEELYARD_ASSERT(whole.was_refused == pieces.was_refused);
  }

  const std::string_view half = bytes.substr(0, bytes.size() / 2);
  World drained(manner);
  feed_pieces(drained, half, cut);
  drained.conversation.drain();
  drained.finish();
  drained.conversation.pass_time(drained.now + std::chrono::hours(1));
  drained.finish();
  STEELYARD_ASSERT(drained.conversation.is_over());

  World broken(manner);
  feed_pieces(broken, half, cut);
  if (cut % 3 == 0) broken.conversation.pass_time(broken.now + std::chrono::hours(1));
  broken.flush();
  broken.conversation.end_of_input();
  broken.flush();
  broken.conversation.abandon();
  STEELYARD_ASSERT(broken.conversation.is_over());
  STEELYARD_ASSERT(broken.around.counters.unanswered.read() == 0);
  return 0;
}
