#include "steelyard/gateway/http/connection.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

namespace steelyard::http {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;

constexpr std::size_t kReadBytes = 4 * 1024;       ///< kept by each connection
constexpr std::size_t kReadBodyBytes = 64 * 1024;  ///< while it reads a body
constexpr std::chrono::seconds kLinger{2};

}  // namespace

Connection::Connection(Socket socket, std::string peer, Surroundings& surroundings, Home& home)
    : socket_(std::move(socket)),
      around_(surroundings),
      home_(home),
      conversation_(surroundings, std::move(peer), *this),
      buffer_(kReadBytes) {
  error_code ignored;  // it would only be slower, or fail at its first use
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::start() {
  read();
}

void Connection::refuse() {
  is_refused = true;
  conversation_.refuse_connection();
  after_event();
}

void Connection::drain() {
  if (phase_ != Phase::Open) return;
  conversation_.drain();
  is_drain_due_ = true;
  if (is_reading_) {
    // It may have its bytes, and only its completion waits: they come before what is read now.
    error_code ignored;
    socket_.cancel(ignored);
  } else {
    end_drain();
  }
}

void Connection::end_drain() {
  is_drain_due_ = false;
  // What the client has sent already counts as taken.
  error_code error;
  const std::size_t bytes = socket_.read_some(asio::buffer(buffer_), error);
  if (!error) conversation_.receive({buffer_.data(), bytes});
  pass_time(around_.clock());
}

void Connection::close() {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  const auto self = shared_from_this();
  error_code ignored;
  socket_.close(ignored);
  conversation_.abandon();
  home_.closed(*this);
}

void Connection::pass_time(TimePoint now) {
  if (phase_ == Phase::Lingering) {
    if (now >= linger_until_) close();
    return;
  }
  if (is_drain_due_) return;
  conversation_.pass_time(now);
  after_event();
}

void Connection::output_ready() {
  const auto self = shared_from_this();
  if (conversation_.is_pipelined()) {
    wake();
  } else {
    after_event();
  }
}

void Connection::wake() {
  if (std::exchange(is_woken_, true)) return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->is_woken_ = false;
    if (self->phase_ != Phase::Open) return;
    self->conversation_.go_on();
    self->after_event();
  });
}

void Connection::after_event() {
  if (phase_ != Phase::Open) return;
  flush();
  if (!conversation_.is_over()) {
    read();
  } else if (conversation_.should_linger()) {
    linger();
  } else {
    close();
  }
}

void Connection::flush() {
  while (!waits_for_room_ && !conversation_.unsent().empty()) {
    const std::string_view unsent = conversation_.unsent();
    error_code error;
    const std::size_t bytes = socket_.write_some(asio::buffer(unsent.data(), unsent.size()), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      wait_until_writable();
    } else if (error) {
      conversation_.abandon();
      return;
    }
    conversation_.sent(bytes);
  }
}

void Connection::wait_until_writable() {
  waits_for_room_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waits_for_room_ = false;
    if (self->phase_ != Phase::Open) return;
    if (error && error != asio::error::operation_aborted) self->conversation_.abandon();
    self->after_event();
  });
}

void Connection::read() {
  if (is_reading_ || has_ended_ || (phase_ == Phase::Open && !conversation_.wants_input())) return;
  is_reading_ = true;
  const std::size_t size = conversation_.reads_body() ? kReadBodyBytes : kReadBytes;
  if (buffer_.size() != size) std::vector<char>(size).swap(buffer_);
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                            self->read_done(error, bytes);
                          });
}

void Connection::read_done(const error_code& error, std::size_t bytes) {
  is_reading_ = false;
  if (phase_ == Phase::Closed) return;
  const bool was_called_back = error == asio::error::operation_aborted;  // by `drain`
  if (phase_ == Phase::Lingering) {
    error && !was_called_back ? close() : read();
    return;
  }
  if (!error) {
    conversation_.receive({buffer_.data(), bytes});
  } else if (error == asio::error::eof) {
    conversation_.end_of_input();
    has_ended_ = true;
  } else if (!was_called_back) {
    conversation_.abandon();
  }
  is_drain_due_ ? end_drain() : after_event();
}

/// A connection that is closed while the client still sends is reset, and a reset can overtake the
/// answer: so its input is read over, for a while.
void Connection::linger() {
  phase_ = Phase::Lingering;
  linger_until_ = around_.clock() + kLinger;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) {
    close();
  } else {
    read();
  }
}

}  // namespace steelyard::http
