#include "settings/http_flags.hpp"

#include <fmt/format.h>

#include "cli/options.hpp"

namespace steelyard::cli {

void add_http(CLI::App& command, HttpChoice& http, const std::string& otherwise) {
  command
      .add_option_function<std::string>(
          "--http",
          [&http](const std::string& address) {
            http.on = address != "none";
            if (!http.on) return;
            if (wrong_endpoint("tcp://" + address)) {
              throw CLI::ValidationError(
                  "--http", fmt::format("'{}' is not ADDRESS:PORT, such as 127.0.0.1:7480",
                                        address.substr(0, 100)));
            }
            http.gateway.http.listen = address;
          },
          "where HTTP is served; port 0 takes a free one; none: nowhere")
      ->type_name("ADDRESS:PORT")
      ->default_str(otherwise);
}

}  // namespace steelyard::cli
