#include "steelyard/runtime/task/exec_plan.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "steelyard/base/assert.hpp"

namespace steelyard {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

bool contains_zero(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

bool names_one_of(std::string_view variable, const Environment& extra) {
  const std::string_view name = variable.substr(0, variable.find('='));
  return std::any_of(extra.begin(), extra.end(),
                     [name](const auto& entry) { return entry.first == name; });
}

std::vector<std::string> merge_environment(const Environment& extra) {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (!names_one_of(*variable, extra)) variables.emplace_back(*variable);
  }
  for (const auto& [name, value] : extra) variables.push_back(name + "=" + value);
  return variables;
}

std::string_view path_of(const std::vector<std::string>& variables) {
  constexpr std::string_view kName = "PATH=";
  for (const std::string& variable : variables) {
    if (variable.starts_with(kName)) return std::string_view(variable).substr(kName.size());
  }
  return kDefaultPath;
}

std::vector<std::string> find_candidates(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> candidates;
  while (true) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    // An empty entry of PATH is the current directory, as POSIX has it.
    candidates.push_back(fmt::format("{}/{}", folder.empty() ? "." : folder, program));
    if (colon == std::string_view::npos) return candidates;
    path.remove_prefix(colon + 1);
  }
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<ExecPlan> ExecPlan::prepare(std::vector<std::string> words, const Environment& extra) {
  STEELYARD_ASSERT(!words.empty());
  ExecPlan plan;
  plan.words_ = std::move(words);
  plan.variables_ = merge_environment(extra);
  if (std::any_of(plan.words_.begin(), plan.words_.end(), contains_zero) ||
      std::any_of(plan.variables_.begin(), plan.variables_.end(), contains_zero)) {
    return failure(ErrorCode::InvalidArgument,
                   "an argument or an environment variable of the command contains a zero byte");
  }
  plan.candidates_ = find_candidates(plan.words_.front(), path_of(plan.variables_));
  plan.word_pointers_ = pointers_to(plan.words_);
  plan.variable_pointers_ = pointers_to(plan.variables_);
  return plan;
}

int ExecPlan::execute() const noexcept {
  int reason = ENOENT;
  for (const std::string& file : candidates_) {
    ::execve(file.c_str(), word_pointers_.data(), variable_pointers_.data());
    // A file that may not be executed is remembered, but a later folder may have one that may.
    if (errno == EACCES) reason = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return reason;
}

std::string ExecPlan::explain(int error_number) const {
  const std::string& program = words_.front();
  const bool searched = program.find('/') == std::string::npos;
  if (error_number == ENOENT && searched) {
    return fmt::format("cannot start '{}': no such command in PATH", program);
  }
  if (error_number == ENOENT) {
    return fmt::format(
        "cannot start '{}': no such file, or its first line names an interpreter "
        "that does not exist",
        program);
  }
  if (error_number == EACCES) {
    return fmt::format("cannot start '{}': not executable (permission denied)", program);
  }
  if (error_number == ENOEXEC) {
    return fmt::format(
        "cannot start '{}': not a program (a script needs a first line such as "
        "#!/bin/sh)",
        program);
  }
  return fmt::format("cannot start '{}': {}", program,
                     std::generic_category().message(error_number));
}

std::optional<std::string> why_not_executable(const std::string& program, std::string_view path) {
  const char* own = std::getenv("PATH");  // NOLINT: nobody changes the environment
  if (path.empty()) path = own != nullptr ? std::string_view(own) : kDefaultPath;
  std::string forbidden;
  for (const std::string& file : find_candidates(program, path)) {
    if (!is_file(file)) continue;
    if (::access(file.c_str(), X_OK) == 0) return std::nullopt;
    if (forbidden.empty()) forbidden = file;
  }
  if (!forbidden.empty()) {
    return fmt::format("'{}' may not be executed; chmod +x allows it", forbidden);
  }
  if (program.find('/') == std::string::npos) {
    return fmt::format("there is no command '{}' in PATH", program);
  }
  return fmt::format("there is no file '{}'", program);
}

}  // namespace steelyard
