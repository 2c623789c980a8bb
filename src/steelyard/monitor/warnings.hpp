#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace steelyard::monitor {

/// "3 jobs wait", "1 job waits", from a number and the words for one and for many.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// The sentences of a health report, each about one part of the whole. Past 20 of one kind the
/// others are only counted.
class Warnings {
 public:
  enum class About { Broker, Workers, Queues, States, Jobs, Journal, Strategy, Estimates, Others };

  void add(About what, std::string_view sentence);
  /// How many there are about it.
  [[nodiscard]] std::size_t count(About what) const { return place(what); }
  /// All of them; what was only counted is told at the end.
  [[nodiscard]] boost::json::array take();

 private:
  static constexpr std::size_t kKinds = 9;
  std::size_t& place(About what) { return counts_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] std::size_t place(About what) const {
    return counts_[static_cast<std::size_t>(what)];
  }
  boost::json::array sentences_;
  std::array<std::size_t, kKinds> counts_{};
};

}  // namespace steelyard::monitor
