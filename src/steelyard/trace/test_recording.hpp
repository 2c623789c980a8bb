#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "steelyard/trace/reader.hpp"
#include "steelyard/trace/recorder.hpp"

namespace steelyard::trace {

/// Keeps a recording in memory, block by block, up to a limit.
class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::size_t max_blocks = SIZE_MAX) : max_blocks_(max_blocks) {}

  bool take(std::string block) override {
    blocks.push_back(std::move(block));
    return blocks.size() < max_blocks_;
  }
  [[nodiscard]] std::string bytes() const {
    std::string all;
    for (const std::string& block : blocks) all += block;
    return all;
  }

  std::vector<std::string> blocks;

 private:
  std::size_t max_blocks_;
};

/// Gives out the bytes, `most` at a time.
inline Reader::Source source_of(std::string bytes, std::size_t most = SIZE_MAX) {
  return [bytes = std::move(bytes), most, given = std::size_t{0}](char* into,
                                                                  std::size_t room) mutable {
    const std::size_t count = std::min({room, most, bytes.size() - given});
    std::copy_n(bytes.data() + given, count, into);
    given += count;
    return count;
  };
}

/// Some names of each kind: queue-0, queue-1, …
struct SomeNames {
  explicit SomeNames(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      queues.intern("queue-" + std::to_string(i));
      states.intern("state-" + std::to_string(i));
      users.intern("user-" + std::to_string(i));
      tags.intern("tag-" + std::to_string(i));
    }
  }
  [[nodiscard]] NameTables tables() const { return {queues, states, users, tags}; }

  base::Interner<QueueId> queues{100};
  base::Interner<StateId> states{100};
  base::Interner<TenantId> users{100};
  base::Interner<TagId> tags{100};
};

}  // namespace steelyard::trace
