#include "services/app/options.h"

#include <CLI/CLI.hpp>

namespace suyuan::app {
namespace {

constexpr int kUsage = 2;

void AddInit(CLI::App& app, Options* options) {
  CLI::App* init = app.add_subcommand("init", "Make a ledger: identity, keys and first record");
  init->add_option("--dir", options->dir, "Data directory, empty or not there yet")->required();
  init->add_option("--name", options->name, "First part of the origin, e.g. lufeng")->required();
  init->add_option("--public-url", options->public_url,
                   "Where scan pages stand, on every label, e.g. https://trace.example.cn")
      ->required();
  init->add_option("--mark-dir", options->mark_dir,
                   "Folder of the high-water mark, best on another disk. Default: DIR.mark");
  init->add_flag("--demo", options->demo, "A ledger for trying things out");
  init->add_option("--utc-offset", options->utc_offset_minutes,
                   "Minutes east of UTC of the local day")
      ->check(CLI::Range(-840, 840))
      ->capture_default_str();
  init->callback([options] { options->init = true; });
}

void AddServe(CLI::App& app, Options* options) {
  app.set_config("--config", "", "File with these options, `name = value` a line");
  app.add_option("--dir", options->dir, "Data directory, as made by `suyuand init`");
  app.add_option("--modules", options->modules,
                 "Modules of this process; the others are in processes of their own. Default: all")
      ->delimiter(',');
  app.add_option("--tls", options->tls,
                 "Folder with tls.crt and tls.key of both listeners, read again when they change");
  app.add_flag("--cleartext", options->cleartext,
               "No TLS: for listeners on this machine, as behind a proxy here");
  app.add_option("--module-at", options->module_at,
                 "NAME=ADDRESS of a module that others reach over a network. Default: sockets in "
                 "the data directory")
      ->delimiter(',');
  app.add_option(
      "--module-tls", options->module_tls,
      "Folder with tls.crt, tls.key and ca.crt for modules among themselves (mutual TLS, "
      "SPIFFE ids)");
  app.add_option("--listen", options->listen, "gRPC address of the public API")
      ->capture_default_str();
  app.add_option("--http", options->http, "Address of scan pages and of the API over HTTP")
      ->capture_default_str();
  app.add_option("--admin", options->admin,
                 "Address on this machine of /healthz, /readyz and /metrics. Default: none");
  app.add_option("--party-calls", options->party_calls,
                 "Signed calls that a party may make a second, five times as many at once; 0: any")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--block-cache-mib", options->block_cache_mib, "Cache of blocks read from disk")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  app.add_option("--write-buffer-mib", options->write_buffer_mib, "Memory of writes not in files")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  app.add_flag("--accept-clock", options->accept_clock,
               "Start although the clock is far from the last record's time");
  app.add_option("--mark-dir", options->mark_dir,
                 "Folder of the high-water mark, as given to `suyuand init`. Default: DIR.mark");
  app.add_option("--accept-mark", options->accept_mark,
                 "Start though the ledger does not stand by its mark: the reason, which is written "
                 "into the log");
  app.add_option("--operator-key", options->operator_key,
                 "Key that signs --accept-mark and --follow. Default: DIR/keys/operator.pem");
  app.add_option(
      "--covers", options->covers_zh,
      "Whose labels these are, in Chinese, for whoever scans another's, e.g. 禄丰市的农产品");
  app.add_option("--covers-en", options->covers_en, "The same in English");
  app.add_option("--places", options->places,
                 "Table of addresses (MaxMind DB format) by which the provinces of scans are told. "
                 "Default: none");
  app.add_option("--policy", options->policy,
                 "File of the witnesses that cosign checkpoints, and how many of them are enough "
                 "(C2SP tlog-policy)");
  app.add_option(
      "--audit-policy", options->audit_policy,
      "Likewise, of those that cosign the audit log's checkpoints. They have to know it by "
      "its key (suyuan audit key --audit)");
  CLI::Option* follow = app.add_option(
      "--follow", options->follow,
      "gRPC address of the server whose log this directory, a restored backup, keeps a copy of: "
      "host:port. It answers reads alone");
  app.add_option("--follow-ca", options->follow_ca,
                 "PEM file of the authority of its certificate. Default: the system's; none for an "
                 "address of this machine");
  app.add_flag(
         "--promote", options->promote,
         "Let a copy write from now on, if it has all that the mark vouches for. No effect on "
         "what is no copy")
      ->excludes(follow);
  app.add_flag("--verify-store", options->verify_store,
               "After a failed write: check every record before serving");
}

}  // namespace

bool ParseOptions(int argc, char** argv, Options* options, int* exit_code) {
  CLI::App app("suyuand: the suyuan 溯源 service");
  app.set_version_flag("--version", SUYUAN_VERSION);
  app.require_subcommand(0, 1);
  AddServe(app, options);
  AddInit(app, options);
  try {
    app.parse(argc, argv);
    if (options->dir.empty()) throw CLI::RequiredError("--dir");
    return true;
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : kUsage;
    return false;
  }
}

}  // namespace suyuan::app
