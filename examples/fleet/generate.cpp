#include "fleet/generate.hpp"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "fleet/command.hpp"

namespace fleet {
namespace {

/// Two for each address below 10.0.0.0/8.
constexpr std::size_t kMaxCommands = std::size_t{2} << 24;

Command command_number(std::size_t number) {
  const std::size_t device = number / 2;
  return {fmt::format("10.{}.{}.{}", device >> 16, device >> 8 & 255, device & 255),
          number % 2 == 0 ? "foo" : "bar"};
}

}  // namespace

steelyard::Result<GeneratedFiles> generate(const std::filesystem::path& folder,
                                           const GenerateOptions& options) {
  if (options.commands > kMaxCommands) {
    return steelyard::failure(steelyard::ErrorCode::InvalidArgument,
                              fmt::format("at most {} commands can be generated", kMaxCommands));
  }
  std::error_code ignored;  // a folder that cannot be made shows when its files are written
  std::filesystem::create_directories(folder, ignored);
  GeneratedFiles files{folder / "client.txt", folder / "server.txt"};
  std::ofstream commands(files.commands);
  std::ofstream responses(files.responses);
  for (std::size_t number = 0; number < options.commands; ++number) {
    const std::string command = to_text(command_number(number));
    commands << command << '\n';
    responses << fmt::format("{}:1:{}\n", command, options.wait_s);
  }
  if (!commands.flush() || !responses.flush()) {
    return steelyard::failure(
        steelyard::ErrorCode::SystemError,
        fmt::format("cannot write client.txt and server.txt in {}", folder.string()));
  }
  return files;
}

}  // namespace fleet
