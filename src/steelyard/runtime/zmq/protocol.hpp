#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers that both ends of the native protocol share. docs/protocol.md explains them.
namespace steelyard::zmq_runtime {

inline constexpr std::chrono::milliseconds kBeat{1000};
/// A receipt or an acknowledgement that found no message to ride on leaves after this.
inline constexpr std::chrono::milliseconds kRideFor{5};
/// A broker's largest message; its own limit is said in its welcome.
inline constexpr std::uint64_t kMaxPartedBytes = 1ULL << 30;
/// The reason of the Farewell to a worker that is to go, and does not greet again.
inline constexpr const char* kDrained = "drained";
/// Jobs that a worker's beat names for the audit.
inline constexpr int kMaxRecentJobs = 1000;
/// And of one from which nothing more is heard, because it answered for jobs that it never had. It
/// may greet again, as a new one.
inline constexpr const char* kExpelled = "expelled: it answered for jobs that it does not have";
/// Jobs asked about, or to be cancelled, in one message.
inline constexpr int kMaxAskedJobs = 1000;
/// How long a job may wait before it is queued: 48 hours.
inline constexpr std::uint64_t kMaxDelay_ms = 48ULL * 60 * 60 * 1000;
/// Of partial results on their way to a client, each counted with kPartialOverheadBytes.
inline constexpr std::uint64_t kMaxStreamWindowBytes = 16ULL << 20;
inline constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << 62;

// wire::Done.outcomes
inline constexpr std::uint32_t kDoneFinished = 0;
inline constexpr std::uint32_t kDoneFailed = 1;
inline constexpr std::uint32_t kDoneRetry = 2;      ///< failed, and worth another attempt
inline constexpr std::uint32_t kDoneStopped = 3;    ///< ended because it was asked to
inline constexpr std::uint32_t kDoneKilled = 4;     ///< was asked to, did not, and was ended
inline constexpr std::uint32_t kDoneDied = 5;       ///< the process that did it is gone
inline constexpr std::uint32_t kDoneForwarded = 6;  ///< goes on in another queue, with this payload

/// Of the secret that results on a direct link carry.
inline constexpr std::size_t kSecretBytes = 16;

inline constexpr std::uint32_t kMaxSlots = 1024;
inline constexpr int kMaxQueuesPerWorker = 256;
inline constexpr std::uint32_t kMaxStates = 1024;  ///< held by a worker at once
inline constexpr int kMaxTagsPerWorker = 64;
inline constexpr int kMaxTagsPerJob = 16;
inline constexpr std::size_t kMaxPeerNameBytes = 200;

}  // namespace steelyard::zmq_runtime
