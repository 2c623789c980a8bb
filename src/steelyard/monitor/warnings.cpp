#include "steelyard/monitor/warnings.hpp"

#include <utility>

#include "steelyard/monitor/sections.hpp"

namespace steelyard::monitor {
namespace {

/// Past this many of one kind, the others are only counted.
constexpr std::size_t kMaxAlike = 20;

}  // namespace

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count).append(" ").append(count == 1 ? one : many);
}

void Warnings::add(About what, std::string_view sentence) {
  if (++place(what) <= kMaxAlike) sentences_.push_back(text(sentence));
}

boost::json::array Warnings::take() {
  const auto tell_rest = [this](About what, std::string_view one, std::string_view many,
                                std::string_view end) {
    if (place(what) <= kMaxAlike) return;
    std::string rest = counted(place(what) - kMaxAlike, one, many);
    sentences_.push_back(text(rest.append(" ").append(end)));
  };
  tell_rest(About::Queues, "more queue has", "more queues have", "jobs that no worker can take");
  tell_rest(About::States, "more state", "more states",
            "could not be loaded several times in a row");
  tell_rest(About::Others, "more warning", "more warnings",
            "of hubs and gateways: their logs have them");
  return std::move(sentences_);
}

}  // namespace steelyard::monitor
