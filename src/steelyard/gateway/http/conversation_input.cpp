// The half of a conversation that listens: bytes, requests, refusals, time.
#include <algorithm>
#include <memory>

#include "steelyard/gateway/http/turn.hpp"

namespace steelyard::http {
namespace {

constexpr unsigned kMaxBlankLines = 8;

const Refusal kHeadTooLarge{431, "header_too_large",
                            "The header is larger than this server takes."};
const Refusal kUnreadBody{400, "malformed", "OPTIONS * has no body here."};
const Refusal kTimedOut{408, "request_timed_out", "The request did not come in time."};

}  // namespace

Conversation::Conversation(Surroundings& surroundings, std::string peer, Owner& owner)
    : around_(surroundings),
      peer_(std::move(peer)),
      owner_(owner),
      request_began_(around_.clock()),
      last_input_(request_began_) {}

Conversation::~Conversation() {
  abandon();
}

bool Conversation::wants_input() const {
  if (is_lost_) return false;
  return !is_paused_ || input_.size() < kMaxReadAheadBytes;
}

bool Conversation::may_read() const {
  return !input_is_closed_ && owed_count() < around_.options.max_pipelined_requests &&
         unanswered_body_bytes_ <= around_.options.max_body_bytes &&
         unsent().size() <= kMaxUnsentBytes;
}

void Conversation::receive(std::string_view bytes) {
  if (input_is_closed_) {
    may_be_sending_ = true;
    return;
  }
  last_input_ = around_.clock();
  if (input_.empty()) {
    read_all(bytes);
  } else {
    input_ += bytes;
    const std::string kept = std::move(input_);
    input_.clear();
    read_all(kept);
  }
}

void Conversation::go_on() {
  const Busy busy(*this);
  call_drained();
  if (!is_paused_ || !may_read()) return;
  const std::string kept = std::move(input_);
  input_.clear();
  read_all(kept);
}

/// Hands over all requests in `bytes`, and keeps what is left for later.
void Conversation::read_all(std::string_view bytes) {
  const Busy busy(*this);
  is_paused_ = false;
  while (!bytes.empty() && may_read()) {
    const std::size_t taken = read(bytes);
    if (taken == 0) break;
    bytes.remove_prefix(taken);
  }
  if (input_is_closed_) {
    may_be_sending_ = may_be_sending_ || !bytes.empty();
    return;
  }
  is_paused_ = !bytes.empty() && !may_read();
  if (!bytes.empty() && !parser_ && !is_paused_ && !head_began_) head_began_ = last_input_;
  input_.assign(bytes);
  say_continue();
}

std::size_t Conversation::read(std::string_view bytes) {
  return parser_ ? read_body(bytes) : read_head(bytes);
}

std::size_t Conversation::read_head(std::string_view bytes) {
  request_began_ = last_input_;
  if (bytes.front() == '\r') {  // some clients end a body with an empty line too many
    if (bytes.size() == 1) return 0;
    if (bytes[1] == '\n' && ++blank_lines_ <= kMaxBlankLines) {
      head_began_.reset();
      return 2;
    }
  }
  if (bytes.front() <= ' ' || bytes.front() == 127) {
    refuse({400, "malformed", "This is not HTTP."});
    return bytes.size();
  }
  const auto size = scanner_.scan(bytes);
  if (!size) {
    refuse(size.error());
    return bytes.size();
  }
  if (size->value_or(bytes.size()) > around_.options.max_header_bytes) {
    refuse(kHeadTooLarge);
    return bytes.size();
  }
  return size->has_value() ? read_whole_head(bytes.substr(0, **size)) : 0;
}

std::size_t Conversation::read_whole_head(std::string_view head) {
  scanner_ = {};
  blank_lines_ = 0;
  head_began_.reset();
  const auto facts = check_head(head);
  if (!facts) {
    refuse(facts.error());
    return head.size();
  }
  framing_ = {.minor_version = facts->minor_version,
              .head_only = facts->method == "HEAD",
              .close = !facts->keep_alive};
  if (facts->path == "*") {
    // A body that is not read would be taken for the next request.
    const bool has_body = facts->chunked || facts->content_length.value_or(0) > 0;
    has_body ? refuse(kUnreadBody) : answer_asterisk();
    return head.size();
  }
  if (const std::size_t minor = head.find("\r\n") - 1; head[minor] > '1') {
    // Whatever 1.x the client speaks, it understands 1.1; the parser knows only that.
    std::string same(head);
    same[minor] = '1';
    return read_whole_head(same);
  }
  parser_.emplace();
  if (auto refusal = parser_->read_head(head, *facts, around_.options.max_body_bytes)) {
    refuse(*refusal);
  } else if (parser_->is_complete()) {
    hand_over();
  } else {
    owes_continue_ = facts->expects_continue;
  }
  return head.size();
}

std::size_t Conversation::read_body(std::string_view bytes) {
  owes_continue_ = false;  // the client has begun without it
  const auto taken = parser_->read_body(bytes);
  if (!taken) {
    refuse(taken.error());
    return bytes.size();
  }
  if (parser_->is_complete()) hand_over();
  return *taken;
}

void Conversation::hand_over() {
  Request request(parser_->take(), peer_);
  parser_.reset();
  owes_continue_ = false;
  const std::uint64_t number = owe(framing_);
  owed(number).body_bytes = request.body().size();
  unanswered_body_bytes_ += request.body().size();
  if (around_.options.access) {
    AccessRecord& record = owed(number).record;
    record.method = request.method();
    record.target = std::string(request.path());
    if (!request.query().empty()) record.target.append("?").append(request.query());
    record.request_bytes = request.body().size();
  }
  auto exchange = std::make_shared<Turn>(*this, number);
  owed(number).exchange = exchange.get();
  around_.counters.requests.add(1);
  if (framing_.close || is_draining_) close_input();
  around_.handler->handle(std::move(request), std::move(exchange));
}

/// OPTIONS * asks about the server as a whole: that it is there is all there is to say.
void Conversation::answer_asterisk() {
  const std::uint64_t number = owe(framing_);
  if (framing_.close || is_draining_) close_input();
  respond(number, Response{.status = 204});
}

void Conversation::refuse(const Refusal& refusal) {
  if (refusal.status != 408 && refusal.status != 503) around_.counters.malformed.add(1);
  parser_.reset();
  input_.clear();
  close_input();
  may_be_sending_ = true;
  const std::uint64_t number = owe({.minor_version = 1, .close = true});
  respond(number, to_response(refusal));
}

void Conversation::close_input() {
  input_is_closed_ = true;
  is_paused_ = false;
  owes_continue_ = false;
}

void Conversation::say_continue() {
  // After the answers to the requests before, for it belongs to the next one.
  if (!owes_continue_ || owed_count() > 0) return;
  owes_continue_ = false;
  output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  last_input_ = around_.clock();
}

void Conversation::refuse_connection() {
  const Busy busy(*this);
  refuse({503, "too_many_connections", "This server has as many connections as it may have."});
}

void Conversation::end_of_input() {
  if (owed_count() > 0) {
    abandon();
    return;
  }
  close_input();
  input_.clear();
  parser_.reset();
}

void Conversation::drain() {
  if (std::exchange(is_draining_, true)) return;
  drain_began_ = around_.clock();
  const bool has_begun = parser_ || (!input_.empty() && !is_paused_);
  if (has_begun || owed_count() == 0) return;
  input_.clear();
  close_input();
}

TimePoint Conversation::idle_until() const {
  const ServerOptions& options = around_.options;
  if (!is_draining_) return last_input_ + options.idle_timeout;
  if (has_had_request()) return drain_began_;
  return drain_began_ + std::min(options.first_request_timeout, options.header_timeout);
}

void Conversation::pass_time(TimePoint now) {
  const ServerOptions& options = around_.options;
  if (!unsent().empty()) {
    if (!is_blocked_ || now - last_sent_ < options.write_timeout) return;
    around_.counters.timed_out.add(1);
    abandon();
  } else if (input_is_closed_ || !may_read() || owes_continue_) {
    return;
  } else if (parser_) {
    if (now - last_input_ >= options.body_timeout) time_out();
  } else if (head_began_) {
    if (now - *head_began_ >= options.header_timeout) time_out();
  } else if (owed_count() == 0 && now >= idle_until()) {
    close_input();
  }
}

void Conversation::time_out() {
  around_.counters.timed_out.add(1);
  const Busy busy(*this);
  refuse(kTimedOut);
}

}  // namespace steelyard::http
