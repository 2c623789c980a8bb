#include "common/crowd.hpp"

#include <exception>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace example {
namespace {

using steelyard::ErrorCode;
using steelyard::failure;
using steelyard::Result;

constexpr std::chrono::seconds kQueryPatience{1};
constexpr std::chrono::milliseconds kLookAgain{2};

/// The broker's report about `what`, read by `read`.
template <class Read>
auto ask(steelyard::Client& client, const char* what, const Read& read)
    -> Result<decltype(read(boost::json::value()))> {
  const auto text = client.query(what, kQueryPatience);
  if (!text) return tl::unexpected(text.error());
  try {
    return read(boost::json::parse(*text));
  } catch (const std::exception& error) {
    return failure(ErrorCode::Malformed,
                   fmt::format("the broker's report about {}: {}", what, error.what()));
  }
}

/// Asks `count` until what it returns satisfies `enough`.
template <class Count, class Enough>
auto ask_until(const Count& count, const Enough& enough, std::chrono::milliseconds patience,
               const GiveUpReason& give_up, std::string_view what) -> decltype(count()) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto counted = count();
    const bool unanswered = !counted && counted.error().code == ErrorCode::TimedOut;
    if (!unanswered && (!counted || enough(*counted))) return counted;
    if (std::string reason = give_up(); !reason.empty()) {
      return failure(ErrorCode::Stopped, std::move(reason));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return failure(ErrorCode::TimedOut, fmt::format("{} within {} ms", what, patience.count()));
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace

Result<Crowd> count_workers(steelyard::Client& client) {
  return ask(client, "stats", [](const boost::json::value& stats) {
    return Crowd{stats.at("workers").to_number<std::size_t>(),
                 stats.at("slots").to_number<std::size_t>()};
  });
}

Result<std::size_t> count_queued(steelyard::Client& client, std::string_view queue) {
  return ask(client, "queues", [&](const boost::json::value& queues) {
    for (const auto& row : queues.at("rows").as_array()) {
      if (row.at("queue").as_string() != queue) continue;
      return row.at("jobs").at("queued").to_number<std::size_t>();
    }
    return std::size_t{0};
  });
}

Result<std::size_t> count_switches(steelyard::Client& client) {
  return ask(client, "stats", [](const boost::json::value& stats) {
    return stats.at("switches").to_number<std::size_t>();
  });
}

Result<Crowd> wait_for_workers(steelyard::Client& client, std::size_t wanted,
                               std::chrono::milliseconds patience, const GiveUpReason& give_up) {
  return ask_until([&] { return count_workers(client); },
                   [&](const Crowd& crowd) { return crowd.workers >= wanted; }, patience, give_up,
                   fmt::format("{} workers did not join", wanted));
}

Result<std::size_t> wait_for_queued(steelyard::Client& client, std::string_view queue,
                                    std::size_t wanted, std::chrono::milliseconds patience,
                                    const GiveUpReason& give_up) {
  return ask_until([&] { return count_queued(client, queue); },
                   [&](std::size_t queued) { return queued >= wanted; }, patience, give_up,
                   fmt::format("{} jobs were not queued in {}", wanted, queue));
}

}  // namespace example
