#pragma once

#include <memory>
#include <string>

#include "steelyard/base/result.hpp"
#include "steelyard/runtime/task/child_guard.hpp"
#include "steelyard/runtime/task/child_process.hpp"

namespace steelyard::cli {

/// nginx that answers each request with `return 200 "ok\n"`, as a reference: two worker processes,
/// no log, keep-alive connections without end. Everything it needs is in a folder of its own.
class Nginx {
 public:
  /// Whether it is installed.
  [[nodiscard]] static bool is_there();
  /// Starts it at a free port and waits until it answers. Errors: SystemError.
  [[nodiscard]] static Result<std::unique_ptr<Nginx>> start(std::shared_ptr<ChildGuard> guard);
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  Nginx() = default;

  std::string folder_;
  std::string address_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace steelyard::cli
