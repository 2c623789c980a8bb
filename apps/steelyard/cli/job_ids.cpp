#include "cli/job_ids.hpp"

namespace steelyard::cli {

CLI::Option* add_job_ids(CLI::App& flags, std::vector<std::string>& ids) {
  return flags.add_option("ID", ids, "as printed by submit --no-wait and ls jobs")
      ->type_name("")
      ->required()
      ->check([](const std::string& text) -> std::string {
        const auto id = JobId::parse(text);
        return id ? std::string() : id.error().context;
      });
}

Result<std::vector<JobId>> read_job_ids(const std::vector<std::string>& texts) {
  std::vector<JobId> ids;
  for (const std::string& text : texts) {
    const auto id = JobId::parse(text);
    if (!id) return tl::unexpected(id.error());
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace steelyard::cli
