#include "settings/config_file.hpp"

#include <string>
#include <utility>

namespace steelyard::cli {

void add_config(CLI::App& command, std::function<void(Result<Configuration>)> take) {
  command
      .add_option_function<std::string>(
          "--config",
          [take = std::move(take)](const std::string& file) { take(read_configuration(file)); },
          "a JSON file of settings, named as the flags, which win over it")
      ->type_name("FILE");
}

}  // namespace steelyard::cli
