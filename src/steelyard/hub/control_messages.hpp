#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"

/// What is said on a control socket: a JSON object in one line each way.
namespace steelyard::hub {

struct ControlRequest {
  bool is_reload = false;  ///< otherwise: who are you?
  std::string config{};    ///< of a reload; empty: the file it has
  bool dry_run = false;    ///< only say what would change
};
/// Errors: Malformed.
[[nodiscard]] Result<ControlRequest> read_request(const std::string& line);

/// Who answers on a control socket.
struct Introduction {
  std::string kind{};  ///< "hub" or "up"
  std::string name{};
  std::string config{};  ///< the absolute path of its file; empty: it has none
};

// Answers.
[[nodiscard]] std::string introduction(const Introduction& who);
[[nodiscard]] std::string changes_answer(const std::string& name,
                                         const std::vector<std::string>& changes);
[[nodiscard]] std::string refusal(const Error& why);

// Questions. Errors: those of call_control; Malformed; what was refused, and why.
[[nodiscard]] Result<Introduction> ask_who(const std::string& path,
                                           std::chrono::milliseconds timeout);
[[nodiscard]] Result<std::vector<std::string>> ask_to_reload(const std::string& path,
                                                             const ControlRequest& request,
                                                             std::chrono::milliseconds timeout);

}  // namespace steelyard::hub
