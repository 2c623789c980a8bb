#pragma once

#include <memory>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/child_process.hpp"
#include "steelyard/runtime/task/temporary_folder.hpp"

namespace steelyard::cli {

/// nginx that answers each request with `return 200 "ok\n"`, as a reference: two worker processes,
/// no log, keep-alive connections without end. Everything it needs is in a folder of its own.
class Nginx {
 public:
  /// Whether it is installed.
  [[nodiscard]] static bool is_there();
  /// Starts it at a free port and waits until it answers. Errors: SystemError.
  [[nodiscard]] static Result<std::unique_ptr<Nginx>> start(std::shared_ptr<ChildGuard> guard);

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  Nginx() = default;

  std::unique_ptr<TemporaryFolder> folder_;
  std::string address_;
  std::unique_ptr<ChildProcess> process_;  // last: it uses the folder
};

}  // namespace steelyard::cli
