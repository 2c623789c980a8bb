#include "steelyard/runtime/zmq/happening.hpp"

#include <array>

namespace steelyard {
namespace {

using Severity = Happening::Severity;

struct Row {
  std::string_view name;
  Severity severity;
};

constexpr std::array<Row, kHappenings> kRows{{
    {"worker_joined", Severity::Info},
    {"worker_draining", Severity::Info},
    {"worker_left", Severity::Info},
    {"worker_lost", Severity::Warning},
    {"worker_expelled", Severity::Error},
    // Whoever asks the broker a question is a client for a moment.
    {"client_joined", Severity::Debug},
    {"client_left", Severity::Debug},
    {"client_gone", Severity::Warning},
    {"peer_refused", Severity::Warning},
    {"queue_unserved", Severity::Warning},
    {"queue_served", Severity::Info},
    {"job_quarantined", Severity::Error},
    {"job_released", Severity::Info},
    {"job_dropped", Severity::Info},
    {"job_failed", Severity::Warning},
    {"jobs_refused", Severity::Warning},
    {"load_failed", Severity::Warning},
    {"message_malformed", Severity::Warning},
    {"journal_failing", Severity::Error},
    {"journal_recovered", Severity::Info},
    {"left_out", Severity::Warning},
}};

}  // namespace

std::string_view to_string(Happening::Kind kind) {
  return kRows[static_cast<std::size_t>(kind)].name;
}

Happening::Severity severity_of(Happening::Kind kind) {
  return kRows[static_cast<std::size_t>(kind)].severity;
}

}  // namespace steelyard
