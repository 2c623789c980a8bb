#include "steelyard/store/log.hpp"

#include <string_view>

#include "steelyard/store/memory_log.hpp"
#include "steelyard/store/sqlite_log.hpp"

namespace steelyard::store {
namespace {

/// A kind of store and how the names of its files begin. The first that fits is taken.
struct Kind {
  std::string_view prefix;
  Result<std::unique_ptr<Log>> (*open)(const std::string& file, const LogOptions& options);
};

constexpr Kind kKinds[] = {
    {"memory:", MemoryLog::open},
    {"", SqliteLog::open},
};

}  // namespace

Result<std::unique_ptr<Log>> open_log(const std::string& file, const LogOptions& options) {
  if (file.empty()) return failure(ErrorCode::InvalidArgument, "a journal needs a file name");
  for (const Kind& kind : kKinds) {
    if (file.starts_with(kind.prefix)) return kind.open(file, options);
  }
  return failure(ErrorCode::InvalidArgument, file);
}

}  // namespace steelyard::store
