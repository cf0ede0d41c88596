// From a command line to one command's run.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cli/command.h"

namespace suyuan::cli {

// Every command there is, in the order of the help.
const std::vector<Command>& AllCommands();

// Parses, runs, shows; the process's exit code. `arguments` without the program's name.
int RunProgram(const std::vector<std::string>& arguments, const Clock* clock, std::ostream* out,
               std::ostream* err);

}  // namespace suyuan::cli
