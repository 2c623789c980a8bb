#include "submit/answers.hpp"

#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "steelyard/runtime/task/text_encoding.hpp"

namespace steelyard::cli {
namespace {

/// An error in one line.
std::string sentence(const Error& error) {
  std::string text = printable(describe(error));
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) {
    text.replace(at, 1, " | ");
  }
  return text;
}

}  // namespace

void Answers::add(std::uint64_t tag, std::vector<Result<std::string>> answers, std::string job) {
  answered_ += answers.size();
  waiting_.emplace(tag, Waiting{std::move(answers), std::move(job)});
  while (!waiting_.empty() && (!options_.in_order || waiting_.begin()->first == next_)) {
    const auto first = waiting_.extract(waiting_.begin());
    const auto& [came, failed_job] = first.mapped();
    next_ = first.key() + came.size();
    for (std::size_t i = 0; i < came.size(); ++i) write(first.key() + i, came[i], failed_job);
    ready_.tags.push_back(first.key());
  }
}

Answers::Text Answers::take() {
  return std::exchange(ready_, {});
}

void Answers::write(std::uint64_t tag, const Result<std::string>& answer, const std::string& job) {
  if (!answer) {
    ++failed_;
    const std::string line = options_.one_job ? "" : fmt::format("line {}: ", tag + 1);
    const std::string name = job.empty() ? "" : fmt::format("job {}: ", job);
    ready_.errors +=
        fmt::format("steelyard submit: {}{}{}\n", line, name, sentence(answer.error()));
  }
  if (options_.form == Form::Json) return write_json(tag, answer, job);
  if (answer) ready_.output += *answer;
  // Most commands end their output with the end of a line.
  const bool line_is_ended = answer && answer->ends_with('\n');
  const bool wants_end =
      options_.form == Form::Lines ? answer || options_.in_order : answer && options_.end_line;
  if (wants_end && !line_is_ended) ready_.output += '\n';
}

void Answers::write_json(std::uint64_t tag, const Result<std::string>& answer,
                         const std::string& job) {
  boost::json::object object{{"line", tag + 1}};
  if (!answer) {
    object["error"] = printable(answer.error().context);
    object["code"] = to_string(answer.error().code);
    if (!job.empty()) object["id"] = job;
  } else if (is_valid_utf8(*answer)) {
    object["result"] = *answer;
  } else {
    object["result_base64"] = base64_encode(*answer);
  }
  ready_.output += boost::json::serialize(object) + "\n";
}

}  // namespace steelyard::cli
