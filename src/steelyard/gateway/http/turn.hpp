#pragma once

#include "steelyard/gateway/http/conversation.hpp"

namespace steelyard::http {

/// The exchange of one request of a conversation; it may outlive it.
class Conversation::Turn final : public Exchange {
 public:
  Turn(Conversation& conversation, std::uint64_t number)
      : executor_(conversation.around_.executor), conversation_(&conversation), number_(number) {}
  ~Turn() override;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  void respond(Response response) override;
  void begin_stream(Response head) override;
  void send(std::string bytes) override;
  void end() override;
  [[nodiscard]] std::size_t unsent_bytes() const override;
  void when_unsent_at_most(std::size_t bytes, std::function<void()> drained) override;
  void when_gone(std::function<void()> gone) override;
  [[nodiscard]] boost::asio::any_io_executor executor() override { return executor_; }

 private:
  friend class Conversation;
  enum class Progress : unsigned char { Nothing, Stream, Whole };

  boost::asio::any_io_executor executor_;
  Conversation* conversation_;  ///< null: the answer is whole, or the client has gone
  const std::uint64_t number_;
  Progress progress_ = Progress::Nothing;
  bool client_has_gone_ = false;
  std::function<void()> gone_;
  std::function<void()> drained_;
  std::size_t drained_at_ = 0;
};

}  // namespace steelyard::http
