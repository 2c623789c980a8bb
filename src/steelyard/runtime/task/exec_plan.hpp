#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard {

/// Environment variables: name and value.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Everything that executing a program needs, prepared before the fork, because nothing may be
/// allocated between fork and exec in a program with threads.
/// Thread safety: none. `prepare` reads the environment of this process.
class ExecPlan {
 public:
  /// `words`: the program, looked up in PATH when it has no slash, and its arguments.
  /// `extra` is added to this process's environment, replacing variables of the same name.
  /// Requires: `words` is not empty (asserted).
  /// Errors: InvalidArgument when a word or variable contains a zero byte, which would cut it.
  [[nodiscard]] static Result<ExecPlan> prepare(std::vector<std::string> words,
                                                const Environment& extra);

  // The pointers point into the strings, which a copy would not carry along.
  ExecPlan(ExecPlan&&) = default;
  ExecPlan& operator=(ExecPlan&&) = default;

  /// Becomes the program. Returns only on failure, with errno's value. Async-signal-safe.
  [[nodiscard]] int execute() const noexcept;

  /// A sentence for people about `execute()` having failed with `error_number`.
  [[nodiscard]] std::string explain(int error_number) const;

 private:
  ExecPlan() = default;

  std::vector<std::string> words_;
  std::vector<std::string> variables_;   ///< "NAME=value"
  std::vector<std::string> candidates_;  ///< the files to try, in the order of PATH
  std::vector<char*> word_pointers_;
  std::vector<char*> variable_pointers_;
};

/// Why a program could not be executed now, as far as that can be seen without trying, and what to
/// do; nothing: it could. Without a slash it is looked up in `path`, empty: this process's own.
[[nodiscard]] std::optional<std::string> why_not_executable(const std::string& program,
                                                            std::string_view path = {});

}  // namespace steelyard
