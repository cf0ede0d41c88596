#include "tests/support/ledger_fixture.h"

#include <latch>
#include <utility>

#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/rows.h"

namespace suyuan::test {

ledger::Authorship TestAuthorship(std::string method) {
  ledger::Authorship authorship;
  authorship.algorithm = 1;
  authorship.key_id = std::string(16, 'k');
  authorship.signed_micros = 1793836800000000;
  authorship.method = std::move(method);
  authorship.signature = std::string(64, 's');
  return authorship;
}

ledger::Genesis TestGenesis(const Clock& clock) {
  ledger::Genesis genesis;
  genesis.identity = {"test/00112233445566778899aabbccddeeff", "T3ST", true, 480};
  genesis.record.kind = ledger::RecordKind::kGenesis;
  genesis.record.request_key = "genesis";
  genesis.record.authorship = TestAuthorship("/suyuan.ledger.v1.Ledger/Create");
  genesis.record.body = "genesis";
  genesis.record.writes = {{"keys/operator", ledger::kAbsent}};
  genesis.record.decided = clock.Now();
  return genesis;
}

ledger::AppendRequest TestAppend(const Clock& clock, const std::string& request_key,
                                 const std::vector<std::string>& streams) {
  ledger::AppendRequest request;
  request.request_key = request_key;
  request.authorship = TestAuthorship();
  request.body = StrCat("body of ", request_key);
  for (const std::string& stream : streams) request.writes.push_back({stream, std::nullopt});
  request.events = {StrCat("event of ", request_key)};
  request.decided = clock.Now();
  return request;
}

LedgerFixture::LedgerFixture() {
  options_.dir = dir_ / "log";
  options_.clock = &clock_;
  SUYUAN_CHECK(ledger::Ledger::Create(options_, TestGenesis(clock_)).ok());
}

ledger::Ledger& LedgerFixture::log() {
  if (ledger_ == nullptr) {
    absl::StatusOr<std::unique_ptr<ledger::Ledger>> opened = ledger::Ledger::Open(options_);
    if (!opened.ok()) std::printf("%s\n", opened.status().ToString().c_str());
    SUYUAN_CHECK(opened.ok());
    ledger_ = *std::move(opened);
  }
  return *ledger_;
}

ledger::Appended LedgerFixture::Append(const std::vector<std::string>& streams) {
  const absl::StatusOr<ledger::Appended> appended =
      log().AppendAndWait(TestAppend(clock_, StrCat("request-", next_key_++), streams));
  if (!appended.ok()) std::printf("%s\n", appended.status().ToString().c_str());
  SUYUAN_CHECK(appended.ok());
  return *appended;
}

void LedgerFixture::AppendMany(size_t count) {
  constexpr size_t kInFlight = 1000;
  while (count > 0) {
    const size_t now = std::min(count, kInFlight);
    std::latch left(static_cast<std::ptrdiff_t>(now));
    for (size_t i = 0; i < now; ++i) {
      const std::string stream = StrCat("batches/", next_key_ % 7);
      log().Append(TestAppend(clock_, StrCat("request-", next_key_++), {stream}),
                   [&left](const absl::StatusOr<ledger::Appended>& appended) {
                     SUYUAN_CHECK(appended.ok());
                     left.count_down();
                   });
    }
    left.wait();
    clock_.Advance(absl::Milliseconds(now));
    count -= now;
  }
}

std::unique_ptr<kv::Db> LedgerFixture::OpenRows() {
  Close();
  kv::DbOptions rows;
  rows.dir = options_.dir;
  rows.families = ledger::LedgerFamilies();
  rows.create = false;
  absl::StatusOr<std::unique_ptr<kv::Db>> db = kv::Db::Open(rows);
  SUYUAN_CHECK(db.ok());
  return *std::move(db);
}

}  // namespace suyuan::test
