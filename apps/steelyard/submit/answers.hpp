#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "steelyard/base/result.hpp"

namespace steelyard::cli {

/// Turns answers into what is printed.
///
/// A job's tag is the number of its line, from 0; several jobs that come back together have the
/// first one's. Thread safety: none.
class Answers {
 public:
  enum class Form : unsigned char {
    Raw,    ///< the bytes of the result and nothing else
    Lines,  ///< a line per result, which may have ended its line itself
    Json,   ///< a JSON object per answer, failures too
  };
  struct Options {
    Form form = Form::Lines;
    /// Answers wait for those of earlier lines, and the line of a failed job is empty, so that
    /// line n answers line n.
    bool in_order = true;
    /// Raw: ends the last line for a terminal, where the next prompt would stand behind it.
    bool end_line = false;
    /// There is one job only, and no lines to tell apart.
    bool one_job = false;
  };
  explicit Answers(const Options& options) : options_(options) {}

  /// What can be printed now.
  struct Text {
    std::string output;
    std::string errors;               ///< a sentence per failed job
    std::vector<std::uint64_t> tags;  ///< whose answers these are
  };

  /// The answers to the jobs from `tag` on have come. `job`: the id by which the broker knows what
  /// failed of them; empty: it knows none.
  void add(std::uint64_t tag, std::vector<Result<std::string>> answers, std::string job = {});
  [[nodiscard]] Text take();

  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }

 private:
  struct Waiting {
    std::vector<Result<std::string>> answers;
    std::string job;
  };
  void write(std::uint64_t tag, const Result<std::string>& answer, const std::string& job);
  void write_json(std::uint64_t tag, const Result<std::string>& answer, const std::string& job);

  const Options options_;
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t next_ = 0;  // the tag to print next, in order
  Text ready_;
  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace steelyard::cli
