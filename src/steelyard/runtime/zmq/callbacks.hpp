#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "steelyard/runtime/zmq/client.hpp"

namespace steelyard {

/// Functions that are called with answers, on a thread of the caller's choice.
///
///     Callbacks callbacks(client);
///     callbacks.submit("resize", image, {}, [](Result<std::string> small) { ... });
///     while (callbacks.waiting() > 0) callbacks.run(std::chrono::seconds(1));
///
/// Thread safety: all members may be called from any thread, also from within a callback.
class Callbacks {
 public:
  using Callback = std::function<void(Result<std::string>)>;
  /// What is called with news of a job before its answer, if `stream_window_bytes` asks for them;
  /// an empty one is not.
  struct News {
    std::function<void(std::uint8_t percent)> progress{};
    std::function<void(std::string part)> partial{};
    std::function<void()> restarted{};  ///< the parts that came before are void
    std::function<void()> gap{};        ///< here, parts may be missing
  };

  /// Answers that come when this object has gone are dropped. `client` must outlive it.
  explicit Callbacks(Client& client) : client_(client) {}

  /// As Client::submit; `callback` is called once, by `run`.
  JobId submit(std::string_view queue, std::string_view payload, const RemoteJobOptions& options,
               Callback callback);
  JobId submit(std::string_view queue, std::string_view payload, const RemoteJobOptions& options,
               Callback callback, News news);

  /// Calls what is due on this thread, in the order in which it came, waiting up to `timeout` for
  /// the first. Returns how many. An exception that a callback throws passes through; the others
  /// are called next time.
  std::size_t run(std::chrono::milliseconds timeout);

  /// A file descriptor that is readable while `run` has something to call.
  [[nodiscard]] int descriptor() { return answers_.descriptor(); }
  /// Callbacks that were not called yet.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Called {
    Callback answer;
    std::shared_ptr<const News> news;
  };
  void call(Completion completion);
  static void tell(const News& news, Completion completion);

  Client& client_;
  CompletionQueue answers_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::unordered_map<std::uint64_t, Called> callbacks_;  // by tag

  std::uint64_t next_tag_ = 0;
};

}  // namespace steelyard
