#include "measure/load_process.hpp"

#include <fmt/format.h>

#include "cli/part.hpp"
#include "cli/query.hpp"

namespace steelyard::cli {

Result<double> jobs_per_s(std::vector<std::string> arguments, const Load& load,
                          const std::shared_ptr<ChildGuard>& guard) {
  const std::vector<std::string> flags{"--outstanding",   std::to_string(load.outstanding),
                                       "--payload-bytes", std::to_string(load.payload_bytes),
                                       "--seconds",       fmt::format("{}", load.seconds)};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  if (load.via_broker) arguments.emplace_back("--via-broker");
  if (load.journal) arguments.emplace_back("--journal");
  auto client = Part::start(arguments, guard);
  if (!client) return tl::unexpected(client.error());
  const auto line = (*client)->next_line();
  if (!line) return failure(ErrorCode::SystemError, (*client)->end());
  const auto measured = parse_report(*line);
  if (!measured) return tl::unexpected(measured.error());
  return number_in(*measured, "jobs") / number_in(*measured, "seconds");
}

}  // namespace steelyard::cli
