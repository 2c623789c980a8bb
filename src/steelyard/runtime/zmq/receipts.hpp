#pragma once

#include <cstdint>
#include <utility>

#include "steelyard/base/time.hpp"
#include "steelyard/runtime/zmq/protocol.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::zmq_runtime {

/// A client's receipts until they are sent. Neighbouring jobs become one run, so that receipts for
/// results that come in order cost next to nothing.
class Receipts {
 public:
  /// The answer of job `sequence` has come, from this attempt (0: from the broker).
  void add(std::uint64_t sequence, std::uint32_t attempt, std::size_t bytes, TimePoint now) {
    if (message_.receipts_size() == 0) due_ = now + kRideFor;
    bytes_ += bytes;
    if (bytes_ >= kHurryBytes || message_.receipts_size() >= kManyRuns) due_ = now;
    if (message_.receipts_size() > 0) {
      wire::ReceiptRun& last = *message_.mutable_receipts(message_.receipts_size() - 1);
      const bool follows = last.first_sequence() + last.count() == sequence;
      if (follows && last.attempt() == attempt && last.count() < kMaxCount) {
        last.set_count(last.count() + 1);
        return;
      }
    }
    wire::ReceiptRun& run = *message_.add_receipts();
    run.set_first_sequence(sequence);
    run.set_count(1);
    run.set_attempt(attempt);
  }

  [[nodiscard]] bool empty() const { return message_.receipts_size() == 0; }
  /// The receipt added last is the first one for its job.
  void count_first() { ++first_ones_; }
  /// Jobs whose first receipts were sent.
  [[nodiscard]] std::uint64_t first_ones_sent() const { return first_ones_sent_; }
  void count_anew() { first_ones_ = first_ones_sent_ = 0; }

  /// When they are to leave although nothing carries them. Requires: not empty.
  [[nodiscard]] TimePoint due() const { return due_; }
  void clear() {
    message_.Clear();
    bytes_ = 0;
  }
  /// Takes them as a message of their own.
  [[nodiscard]] std::string take() {
    std::string message = wire::encode(message_);
    first_ones_sent_ += std::exchange(first_ones_, 0);
    clear();
    return message;
  }
  /// Lets them ride on a submission.
  void ride_on(wire::Submit& submission) {
    submission.mutable_receipts()->Swap(message_.mutable_receipts());
    first_ones_sent_ += std::exchange(first_ones_, 0);
    clear();
  }

 private:
  /// Workers keep results until they are received, so after this much they are told soon.
  static constexpr std::size_t kHurryBytes = 1 << 20;
  static constexpr int kManyRuns = 1024;
  static constexpr std::uint32_t kMaxCount = 1 << 16;

  wire::Received message_;
  std::size_t bytes_ = 0;
  std::uint64_t first_ones_ = 0;
  std::uint64_t first_ones_sent_ = 0;
  TimePoint due_;
};

}  // namespace steelyard::zmq_runtime
