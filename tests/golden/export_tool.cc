// Writes a full export, tiles included, of a small signed ledger, for tests/golden/verify_test.py:
// export_tool FOLDER RECORDS.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "services/rpc/keys.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/export.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

// Signs the request as a client does: DESIGN 4.4, storage/FORMAT.md 3.
void SignWith(const rpc::SigningKey& key, const std::string& origin,
              ledger::AppendRequest* request) {
  ledger::Authorship& authorship = request->authorship;
  authorship.algorithm = key.algorithm();
  authorship.key_id = key.KeyId();
  authorship.signature = key.Sign(ledger::SignedText(origin, authorship, request->body));
}

absl::Status Write(const std::string& folder, int records) {
  const rpc::SigningKey keys[] = {rpc::SigningKey::Generate(rpc::kEcdsaP256),
                                  rpc::SigningKey::Generate(rpc::kEd25519)};
  const test::TempDir dir;
  test::FakeClock clock;
  ledger::LedgerOptions options;
  options.dir = dir / "log";
  options.clock = &clock;
  ledger::Genesis genesis = test::TestGenesis(clock);
  const std::string origin = genesis.identity.origin;
  SignWith(keys[0], origin, &genesis.record);
  RETURN_IF_ERROR(ledger::Ledger::Create(options, std::move(genesis)));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, ledger::Ledger::Open(options));
  for (int i = 0; i < records; ++i) {
    ledger::AppendRequest request = test::TestAppend(clock, StrCat("request-", i),
                                                     {StrCat("batches/", i % 7), "batches/shared"});
    request.authorship.encoding = static_cast<ledger::Encoding>(1 + i % 2);
    SignWith(keys[i % 2], origin, &request);
    RETURN_IF_ERROR(log->AppendAndWait(std::move(request)).status());
  }
  ASSIGN_OR_RETURN(const ledger::TreeHead head, log->GetTreeHead());
  ledger::ExportParts parts;
  parts.checkpoint = tlog::SignCheckpoint(origin, head, keys[1]);
  parts.verifier_key = tlog::VerifierKeyOf(origin, keys[1]);
  RETURN_IF_ERROR(ledger::ExportLedger(*log, folder, parts));
  std::ofstream file(folder + "/keys.txt");
  for (const rpc::SigningKey& key : keys) {
    file << HexOf(key.KeyId()) << ' ' << int{key.algorithm()} << ' ' << HexOf(key.Spki()) << '\n';
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace suyuan

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const absl::Status status = suyuan::Write(argv[1], std::atoi(argv[2]));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
