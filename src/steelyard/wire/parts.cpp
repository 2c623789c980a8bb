#include "steelyard/wire/parts.hpp"

#include "steelyard/wire/columns.hpp"
#include "steelyard/wire/envelope.hpp"

namespace steelyard::wire {
namespace {

constexpr std::string_view kTruncated = "a unit's parts cannot be read";

}  // namespace

std::string pack_parts(const std::vector<std::string>& parts) {
  Submit header;
  LengthsWriter lengths(*header.add_runs()->mutable_lengths());
  for (const std::string& part : parts) lengths.add(part.size());
  std::string packed;
  seal(Kind::Submit, header, packed);
  for (const std::string& part : parts) packed.append(part);
  return packed;
}

Result<std::vector<std::string_view>> unpack_parts(std::string_view packed) {
  const auto envelope = open(packed);
  Submit header;
  if (!envelope || envelope->kind != Kind::Submit || !read(*envelope, header) ||
      header.runs_size() != 1) {
    return failure(ErrorCode::Malformed, std::string(kTruncated));
  }
  std::string_view block = envelope->block;
  const auto column = Column::take(header.runs(0).lengths(), block);
  if (!column || !block.empty()) return failure(ErrorCode::Malformed, std::string(kTruncated));
  std::vector<std::string_view> parts;
  for (std::uint32_t i = 0; i < column->count(); ++i) parts.push_back((*column)[i]);
  return parts;
}

std::string pack_answers(const std::vector<Result<std::string>>& answers) {
  Answers header;
  LengthsWriter lengths(*header.mutable_lengths());
  for (const auto& answer : answers) {
    header.add_codes(answer ? std::string() : std::string(to_string(answer.error().code)));
    lengths.add(answer ? answer->size() : answer.error().context.size());
  }
  std::string packed;
  seal(Kind::Answers, header, packed);
  for (const auto& answer : answers) packed.append(answer ? *answer : answer.error().context);
  return packed;
}

Result<std::vector<Result<std::string>>> unpack_answers(std::string_view packed) {
  const auto envelope = open(packed);
  Answers header;
  if (!envelope || envelope->kind != Kind::Answers || !read(*envelope, header)) {
    return failure(ErrorCode::Malformed, std::string(kTruncated));
  }
  std::string_view block = envelope->block;
  const auto column = Column::take(header.lengths(), block);
  if (!column || !block.empty() || static_cast<int>(column->count()) != header.codes_size()) {
    return failure(ErrorCode::Malformed, std::string(kTruncated));
  }
  std::vector<Result<std::string>> answers;
  for (std::uint32_t i = 0; i < column->count(); ++i) {
    const std::string& code = header.codes(static_cast<int>(i));
    std::string text((*column)[i]);
    if (code.empty()) {
      answers.emplace_back(std::move(text));
    } else {
      answers.emplace_back(failure(error_code_from(code), std::move(text)));
    }
  }
  return answers;
}

}  // namespace steelyard::wire
