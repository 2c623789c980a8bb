#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "settings/config_file.hpp"
#include "steelyard/base/result.hpp"
#include "steelyard/hub/control.hpp"
#include "steelyard/runtime/task/wake_event.hpp"
#include "up/household.hpp"

namespace steelyard::cli {

/// Has a running `steelyard up` do what its file says by now, on a control socket of its own.
///
/// Every hub is asked first whether it can take the new settings, and only if all can do they take
/// them. What the file says about the broker and HTTP needs a start anew, which is said.
/// Thread safety: `reload` from any thread.
class Reloader {
 public:
  /// Errors: those of ControlSocket::open.
  [[nodiscard]] static Result<std::unique_ptr<Reloader>> start(Household& household,
                                                               const std::string& config,
                                                               const Configuration& running,
                                                               std::vector<HouseholdPlan::Hub> hubs,
                                                               const std::string& control);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Reads its own file again and says what has changed, or what is wrong.
  void reload();

 private:
  Reloader(Household& household, std::string config, const Configuration& running,
           std::vector<HouseholdPlan::Hub> hubs, std::unique_ptr<hub::ControlSocket> control,
           WakeEvent wake);
  void listen(const std::stop_token& stop);
  std::string answer(const std::string& line);
  Result<std::vector<std::string>> reload(const std::string& file, bool dry_run);
  Result<std::vector<std::string>> pass_on(const std::string& file, bool dry_run,
                                           const Configuration& read);
  void change_hubs(const std::string& file, const Configuration& read);

  Household& household_;
  std::string config_;
  Configuration running_;
  std::vector<HouseholdPlan::Hub> hubs_;
  std::unique_ptr<hub::ControlSocket> control_;
  WakeEvent wake_;
  std::atomic<bool> reload_asked_ = false;
  std::jthread thread_;  // last: it uses everything above
};

/// The path of the control socket of a hub under the `steelyard up` that this is; empty: none is to
/// be had.
[[nodiscard]] std::string hub_control_path(const std::string& hub);

}  // namespace steelyard::cli
