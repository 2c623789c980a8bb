#include "settings/http_flags.hpp"

#include "steelyard/config/endpoint_text.hpp"

namespace steelyard::cli {

void add_http(CLI::App& command, HttpChoice& http, const std::string& otherwise) {
  command
      .add_option_function<std::string>(
          "--http",
          [&http](const std::string& address) {
            http.on = address != "none";
            if (!http.on) return;
            if (const auto wrong = config::wrong_address(address)) {
              throw CLI::ValidationError("--http", *wrong);
            }
            http.gateway.http.listen = address;
          },
          "where HTTP is served; port 0 takes a free one; none: nowhere")
      ->type_name("ADDRESS:PORT")
      ->default_str(otherwise);
}

}  // namespace steelyard::cli
