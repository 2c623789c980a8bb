#pragma once

#include "cli/command.hpp"

/// Every command, each in a file of its name.
namespace steelyard::cli {

void add_up(CLI::App& program, Run& chosen);
void add_broker_command(CLI::App& program, Run& chosen);
void add_gateway(CLI::App& program, Run& chosen);
void add_hub(CLI::App& program, Run& chosen);
void add_reload(CLI::App& program, Run& chosen);
void add_worker(CLI::App& program, Run& chosen);
void add_submit(CLI::App& program, Run& chosen);
void add_get(CLI::App& program, Run& chosen);
void add_cancel(CLI::App& program, Run& chosen);
void add_quarantine(CLI::App& program, Run& chosen);
void add_stats(CLI::App& program, Run& chosen);
void add_top(CLI::App& program, Run& chosen);
void add_explain(CLI::App& program, Run& chosen);
void add_ls(CLI::App& program, Run& chosen);
void add_health(CLI::App& program, Run& chosen);
void add_audit(CLI::App& program, Run& chosen);
void add_pin(CLI::App& program, Run& chosen);
void add_drain(CLI::App& program, Run& chosen);
void add_journal(CLI::App& program, Run& chosen);
void add_bench(CLI::App& program, Run& chosen);
void add_sim(CLI::App& program, Run& chosen);
void add_completion(CLI::App& program, Run& chosen);
void add_man(CLI::App& program, Run& chosen);

}  // namespace steelyard::cli
