#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "steelyard/base/result.hpp"

namespace steelyard {

/// A new folder under the system's temporary one that vanishes with this object.
class TemporaryFolder {
 public:
  /// `name` begins its name. Errors: SystemError.
  [[nodiscard]] static Result<std::unique_ptr<TemporaryFolder>> make(std::string_view name);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace steelyard
