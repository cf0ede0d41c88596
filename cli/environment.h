// What the command line takes from where it runs: a home, a language, a terminal. Nothing else is
// read from the environment: secrets and settings stand in files.
#pragma once

#include <string>

#include "services/text/catalogue.h"

namespace suyuan::cli {

// Chinese where LC_ALL, LC_MESSAGES or LANG (the first that is set) begins with "zh".
text::Language LanguageOfEnvironment();

// "{home}/.config/suyuan/config.json"; empty where there is no HOME.
std::string DefaultConfigPath();

bool StderrIsTerminal();

}  // namespace suyuan::cli
