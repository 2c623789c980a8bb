#include "steelyard/gateway/counted_exchange.hpp"

#include <boost/asio/system_executor.hpp>
#include <gtest/gtest.h>

namespace steelyard::gateway {
namespace {

class SilentExchange final : public http::Exchange {
 public:
  void respond(http::Response) override {}
  void begin_stream(http::Response) override {}
  void send(std::string) override {}
  void end() override {}
  [[nodiscard]] std::size_t unsent_bytes() const override { return 0; }
  void when_unsent_at_most(std::size_t, std::function<void()>) override {}
  void when_gone(std::function<void()> gone) override { go = std::move(gone); }
  [[nodiscard]] boost::asio::any_io_executor executor() override {
    return boost::asio::system_executor();
  }

  std::function<void()> go;
};

struct CountedExchangeTest : testing::Test {
  std::atomic<std::uint32_t> in_flight{0};
  std::shared_ptr<SilentExchange> inner = std::make_shared<SilentExchange>();
  std::shared_ptr<CountedExchange> exchange = std::make_shared<CountedExchange>(in_flight, inner);
};

TEST_F(CountedExchangeTest, counts_until_it_is_answered) {
  EXPECT_EQ(in_flight, 1U);
  exchange->respond({});
  EXPECT_EQ(in_flight, 0U);
  exchange.reset();
  EXPECT_EQ(in_flight, 0U);
}

TEST_F(CountedExchangeTest, counts_until_its_stream_ends) {
  exchange->begin_stream({});
  exchange->send("x");
  EXPECT_EQ(in_flight, 1U);
  exchange->end();
  EXPECT_EQ(in_flight, 0U);
}

TEST_F(CountedExchangeTest, counts_until_its_client_goes) {
  bool told = false;
  exchange->when_gone([&told] { told = true; });
  inner->go();
  EXPECT_TRUE(told);
  EXPECT_EQ(in_flight, 0U);
}

TEST_F(CountedExchangeTest, counts_no_more_when_nobody_answers) {
  exchange.reset();
  EXPECT_EQ(in_flight, 0U);
}

}  // namespace
}  // namespace steelyard::gateway
