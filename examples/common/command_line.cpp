#include "common/command_line.hpp"

#include "common/exit_status.hpp"

namespace example {

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
}

void add_broker_flag(CLI::App& app, std::string& endpoint) {
  app.add_option("--broker", endpoint, "where the broker is")
      ->envname("STEELYARD_BROKER")
      ->capture_default_str();
}

}  // namespace example
