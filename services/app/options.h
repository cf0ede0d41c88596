// What suyuand is told: flags, and a file with the same names. The only place that reads either.
#pragma once

#include <string>
#include <vector>

namespace suyuan::app {

struct Options {
  bool init = false;  // `suyuand init`: make a ledger, then end.
  std::string dir;
  std::string name;              // init: first part of the origin.
  std::string public_url;        // init.
  bool demo = false;             // init.
  int utc_offset_minutes = 480;  // init.
  std::vector<std::string> modules;
  std::string tls;                     // Folder of the listeners' certificate.
  bool cleartext = false;              // No TLS: listeners of this machine only.
  std::string module_tls;              // Folder of the modules' certificate.
  std::vector<std::string> module_at;  // "ledger=10.0.0.5:7201".
  std::string listen = "127.0.0.1:7100";
  std::string http = "127.0.0.1:7180";
  std::string admin;
  int party_calls = 1000;
  int block_cache_mib = 48;
  int write_buffer_mib = 48;
  bool accept_clock = false;
  std::string mark_dir;     // Empty: beside the data directory.
  std::string accept_mark;  // A reason; empty: a ledger that does not stand by its mark is refused.
  std::string operator_key;  // Signs it, and --follow; empty: the one in the data directory.
  std::string covers_zh;
  std::string covers_en;
  std::string places;
  std::string policy;
  std::string audit_policy;
  std::string follow;
  std::string follow_ca;
  bool promote = false;
  bool verify_store = false;
};

// True: go on with `options`. False: help or an error was printed; end with `exit_code` (0, or 2).
bool ParseOptions(int argc, char** argv, Options* options, int* exit_code);

}  // namespace suyuan::app
