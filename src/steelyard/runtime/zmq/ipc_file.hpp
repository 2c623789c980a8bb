#pragma once

#include <string>

#include <sys/types.h>

#include "steelyard/base/result.hpp"

namespace steelyard::zmq_runtime {

/// The file of a listening `ipc://` socket, which the transport would leave behind, and would put
/// in the place of anything that has its name.
///
/// For every other endpoint nothing is done, nor for `ipc://*`, whose file the transport invents
/// and removes itself. Thread safety: none.
class IpcFile {
 public:
  /// Removes the file that a killed program left at `endpoint`, so that it can be bound.
  /// Errors: SystemError when a program listens there, the file is no socket, or the path too long.
  [[nodiscard]] static Result<void> make_way(const std::string& endpoint);

  /// Takes charge of the file at `endpoint`, which was just bound: it goes with this object, unless
  /// it is another's by then.
  explicit IpcFile(const std::string& endpoint);
  IpcFile(IpcFile&& other) noexcept;
  IpcFile& operator=(IpcFile&&) = delete;
  ~IpcFile();

 private:
  std::string path_;  // empty: there is no file
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace steelyard::zmq_runtime
