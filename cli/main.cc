#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/program.h"
#include "storage/base/log.h"

namespace {

// What was sent may have been recorded: requests are repeated safely, so stopping at once is right.
void Interrupted(int) { _exit(suyuan::cli::kInterrupted); }

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, &Interrupted);
  suyuan::log::SetQuiet(true);
  return suyuan::cli::RunProgram({argv + 1, argv + argc}, suyuan::SystemClock::Get(), &std::cout,
                                 &std::cerr);
}
