#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/choices.hpp"
#include "cli/console.hpp"
#include "cli/outline.hpp"
#include "commands.hpp"
#include "completion/scripts.hpp"

namespace steelyard::cli {
namespace {

struct Options {
  const CLI::App* program = nullptr;
  std::string shell;
};

struct Shell {
  std::string_view name;
  std::string (*script)(const CommandOutline& program);
};

constexpr std::array<Shell, 3> kShells{{
    {"bash", bash_completion},
    {"zsh", zsh_completion},
    {"fish", fish_completion},
}};

std::vector<std::string> shell_names() {
  std::vector<std::string> names;
  for (const Shell& shell : kShells) names.emplace_back(shell.name);
  return names;
}

int run(const Options& options) {
  const auto* shell = std::ranges::find(kShells, options.shell, &Shell::name);
  return print(shell->script(outline(*options.program)));
}

}  // namespace

void add_completion(CLI::App& program, Run& chosen) {
  const auto [flags, options] = add_command<Options>(
      program,
      {"completion", "Print what lets a shell complete commands, options and values.",
       "An installed steelyard brings its completions with it; this is for one that is not.\n"
       "\n"
       "Examples:\n"
       "  source <(steelyard completion bash)\n"
       "  steelyard completion zsh > ~/.zfunc/_steelyard\n"
       "  steelyard completion fish > ~/.config/fish/completions/steelyard.fish"},
      chosen, {run});
  options.program = &program;
  flags.add_option("SHELL", options.shell, "bash, zsh or fish")
      ->check(one_of(shell_names()))
      ->required();
}

}  // namespace steelyard::cli
