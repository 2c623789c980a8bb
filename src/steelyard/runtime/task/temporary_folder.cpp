#include "steelyard/runtime/task/temporary_folder.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace steelyard {

Result<std::unique_ptr<TemporaryFolder>> TemporaryFolder::make(std::string_view name) {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  std::string path = (parent / fmt::format("{}-XXXXXX", name)).string();
  if (error || ::mkdtemp(path.data()) == nullptr) {
    return failure(ErrorCode::SystemError, "cannot make a temporary folder: " + path);
  }
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(path));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what cannot be removed here is left to the system's own cleaning
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace steelyard
