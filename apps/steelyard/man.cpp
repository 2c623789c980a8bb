#include "cli/console.hpp"
#include "cli/outline.hpp"
#include "commands.hpp"
#include "man/page.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  const CLI::App* program = nullptr;
};

int run(const Options& options) {
  return print(manual_page(outline(*options.program), options.program->version()));
}

}  // namespace

void add_man(CLI::App& program, Run& chosen) {
  const auto [flags, options] =
      add_command<Options>(program,
                           {"man", "Print the manual page, which has all of this help on one page.",
                            "An installed steelyard brings it with it: man steelyard.\n"
                            "\n"
                            "Examples:\n"
                            "  steelyard man | man -l -\n"
                            "  steelyard man > steelyard.1"},
                           chosen, {run});
  options.program = &program;
}

}  // namespace steelyard::cli
