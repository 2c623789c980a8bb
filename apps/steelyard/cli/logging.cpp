#include "cli/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace steelyard::cli {

void start_log(bool to_output) {
  const char* name = "steelyard";
  auto log = to_output ? spdlog::stdout_color_mt(name) : spdlog::stderr_color_mt(name);
  // A parent shows the lines with its own clock.
  log->set_pattern(to_output ? "%v" : "%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  log->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(log));
}

}  // namespace steelyard::cli
