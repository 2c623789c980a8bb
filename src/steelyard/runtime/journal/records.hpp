#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "steelyard/base/result.hpp"

/// The bytes of records of the durable log (store::Record) and what they say.
///
/// Pure functions. Errors of decoding: Malformed. Times are of the wall clock, because the log
/// outlives the program; 0 means none.
namespace steelyard::journal {

/// 128 bits that tell whether two submissions say the same.
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// A job as it was handed in: the bytes of Submitted.
struct JournalledJob {
  std::string queue;
  std::string state;
  std::string user;
  std::int32_t priority = 0;
  std::vector<std::string> tags;
  std::uint64_t state_bytes = 0;
  bool keep = false;
  std::uint32_t unit = 0;  ///< parts that belong together
  bool via_broker = false;
  std::uint32_t principal = 0;
  std::uint64_t submitted_at_unix_ms = 0;
  std::uint64_t start_by_unix_ms = 0;
  std::uint64_t not_before_unix_ms = 0;
  std::uint64_t time_limit_ms = 0;
  std::uint64_t stream_window_bytes = 0;
  std::string idempotency_key;
  Fingerprint fingerprint;
  std::string payload;

  friend bool operator==(const JournalledJob&, const JournalledJob&) = default;
};

/// Why an attempt is held against a job.
struct Evidence {
  std::string worker;
  std::string what;
  std::string text;
  std::uint64_t at_unix_ms = 0;
  std::uint32_t attempt = 0;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Where a forwarded job is.
struct ForwardedTo {
  std::uint32_t hop = 0;  ///< how often it was forwarded; 0: it is where it was handed in
  std::string queue;
  std::string state;
  std::string payload;

  friend bool operator==(const ForwardedTo&, const ForwardedTo&) = default;
};

/// What has happened to a job since: the bytes of Changed.
struct JobChange {
  std::uint32_t attempt = 0;
  std::uint32_t deaths = 0;  ///< workers that were lost while they ran it
  std::uint64_t not_before_unix_ms = 0;
  bool quarantined = false;
  std::vector<Evidence> evidence;
  bool released = false;  ///< from quarantine: its requester has had an answer
  ForwardedTo forwarded{};

  friend bool operator==(const JobChange&, const JobChange&) = default;
};

/// How a job ended: the bytes of Answered.
struct JournalledAnswer {
  JournalledJob job;    ///< its payload is not kept
  std::string outcome;  ///< empty: finished; otherwise the name of an ErrorCode
  std::string result;   ///< or the text of the error
  std::uint64_t waited_us = 0;
  std::uint64_t run_us = 0;
  std::uint64_t expires_at_unix_ms = 0;

  friend bool operator==(const JournalledAnswer&, const JournalledAnswer&) = default;
};

[[nodiscard]] std::string encode(const JournalledJob& job);
[[nodiscard]] std::string encode(const JobChange& change);
/// The job's payload is left out.
[[nodiscard]] std::string encode(const JournalledAnswer& answer);

[[nodiscard]] Result<JournalledJob> decode_job(std::string_view bytes);
[[nodiscard]] Result<JobChange> decode_change(std::string_view bytes);
[[nodiscard]] Result<JournalledAnswer> decode_answer(std::string_view bytes);

}  // namespace steelyard::journal
