// What the log costs as it grows, and beside what a user would pick instead.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/ledger.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/record.h"
#include "storage/ledger/verify.h"
#include "tests/bench/load.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::bench {
namespace {

constexpr size_t kPayload = 100;  // Bytes of the request, and of its one event.
constexpr size_t kHarvest = 400;  // Likewise, as a signed harvest has them.
constexpr int kInFlight = 1024;
constexpr uint64_t kSmall = 100'000;
constexpr uint64_t kLarge = 10'000'000;
// Kept from run to run: filling it takes minutes.
constexpr char kGrownStore[] = "build/bench/grown";

absl::StatusOr<std::unique_ptr<ledger::Ledger>> OpenLedger(const std::string& dir) {
  ledger::LedgerOptions options;
  options.dir = dir;
  options.clock = SystemClock::Get();
  options.accept_clock = true;  // A kept store may be older than a month.
  if (!ledger::Ledger::Exists(dir)) {
    std::filesystem::create_directories(std::filesystem::path(dir).parent_path());
    RETURN_IF_ERROR(ledger::Ledger::Create(options, test::TestGenesis(*options.clock)));
  }
  return ledger::Ledger::Open(options);
}

absl::StatusOr<Load> AppendRecords(ledger::Ledger& log, int in_flight, int count,
                                   size_t payload = kPayload) {
  return Closed(in_flight, count, [&](int i, std::function<void(bool)> done) {
    ledger::AppendRequest request;
    request.request_key = RandomUuid();
    request.authorship = test::TestAuthorship();
    request.writes = {{StrCat("batches/", i % 1000), std::nullopt}};
    request.body = RandomBytes(payload);  // What a disk cannot make smaller.
    request.events = {RandomBytes(payload)};
    request.decided = SystemClock::Get()->Now();
    log.Append(std::move(request),
               [done](const absl::StatusOr<ledger::Appended>& appended) { done(appended.ok()); });
  });
}

absl::Status GrowTo(ledger::Ledger& log, uint64_t size, size_t payload = kPayload) {
  ASSIGN_OR_RETURN(ledger::TreeHead head, log.GetTreeHead());
  while (head.size < size) {
    const uint64_t count = std::min<uint64_t>(size - head.size, 500'000);
    RETURN_IF_ERROR(AppendRecords(log, kInFlight, static_cast<int>(count), payload).status());
    ASSIGN_OR_RETURN(head, log.GetTreeHead());
    std::fprintf(stderr, "%llu records\n", static_cast<unsigned long long>(head.size));
  }
  return absl::OkStatus();
}

double Seconds(const std::function<void()>& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

double BytesIn(const std::string& dir) {
  double bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
  }
  return bytes;
}

struct Times {
  double p50_ms;
  double p99_ms;
};

// How often a second all cores can do what no verification of `log` can leave out: hash a record's
// items, their root and its leaf.
absl::StatusOr<double> RateOfHashing(ledger::Ledger& log) {
  constexpr uint64_t kSome = 1000;
  ledger::Records records;
  while (records.size() < kSome) {
    ASSIGN_OR_RETURN(ledger::Records more,
                     log.ReadRecords(1 + records.size(), 1 << 20, absl::ZeroDuration()));
    std::move(more.begin(), more.end(), std::back_inserter(records));
  }
  std::vector<std::string> leaves;
  for (const auto& record : records) leaves.push_back(record->leaf.Encode());
  const int threads = static_cast<int>(std::thread::hardware_concurrency());
  const double rounds = Rate(threads, [&] {
    std::vector<Hash> hashes;
    for (size_t i = 0; i < records.size(); ++i) {
      hashes.clear();
      for (const ledger::Item& item : records[i]->items) {
        hashes.push_back(ledger::ItemHash(item.type, item.salt, item.bytes));
      }
      ledger::RootOfHashes(hashes);
      ledger::LeafHash(leaves[i]);
    }
  });
  return rounds * static_cast<double>(records.size());
}

// Of inclusion proofs of records at random, warm.
absl::StatusOr<Times> MeasureProofs(ledger::Ledger& log) {
  constexpr int kProofs = 20'000;
  ASSIGN_OR_RETURN(const ledger::TreeHead head, log.GetTreeHead());
  std::mt19937_64 random(42);
  std::vector<double> times;
  absl::Status status;
  for (int i = 0; i < 2 * kProofs; ++i) {
    const uint64_t sequence = random() % std::min(head.size, kSmall);
    const double seconds =
        Seconds([&] { status.Update(log.InclusionProof(sequence, head.size).status()); });
    if (i >= kProofs) times.push_back(seconds * 1000);  // The first ones warm up.
  }
  RETURN_IF_ERROR(status);
  std::sort(times.begin(), times.end());
  return Times{times[times.size() / 2], times[times.size() * 99 / 100]};
}

}  // namespace

absl::StatusOr<Figures> Proof() {
  test::TempDir dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log, OpenLedger(dir / "log"));
  RETURN_IF_ERROR(GrowTo(*log, kSmall));
  ASSIGN_OR_RETURN(const Times proofs, MeasureProofs(*log));
  return Figures{{"proof_p50_ms", proofs.p50_ms}, {"proof_p99_ms", proofs.p99_ms}};
}

absl::StatusOr<Figures> Verify() {
  constexpr uint64_t kRecords = 500'000;
  constexpr size_t kPiece = 16 << 10;
  test::TempDir dir;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> filled, OpenLedger(dir / "log"));
    RETURN_IF_ERROR(GrowTo(*filled, kRecords, kHarvest));
  }
  // Of a store that nobody writes to, nor sorts what was written a moment ago.
  ledger::LedgerOptions stopped;
  stopped.dir = dir / "log";
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> log,
                   ledger::Ledger::OpenReadOnly(stopped));
  ledger::VerifyOptions options;
  options.want_state = false;
  absl::StatusOr<ledger::VerifyResult> result;
  const double seconds = Seconds([&] { result = ledger::VerifyLedger(log->db(), options); });
  RETURN_IF_ERROR(result.status());
  if (!result->ok()) return absl::DataLossError(result->errors[0].text);
  const std::string piece(kPiece, 'x');
  const double pieces =
      Rate(static_cast<int>(std::thread::hardware_concurrency()), [&] { Sha256(piece); });
  const double bytes = static_cast<double>(result->bytes_hashed);
  ASSIGN_OR_RETURN(const double hashing, RateOfHashing(*log));
  const double records = static_cast<double>(result->records) / seconds;
  return Figures{{"verify_ratio", bytes / seconds / (pieces * kPiece)},
                 {"verify_hashing_ratio", records / hashing},
                 {"verify_records_per_second", records},
                 {"verify_mb_per_second", bytes / seconds / 1e6},
                 {"sha256_mb_per_second", pieces * kPiece / 1e6}};
}

absl::StatusOr<Figures> Growth() {
  constexpr int kAppends = 3000;
  test::TempDir dir;
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> small, OpenLedger(dir / "log"));
  RETURN_IF_ERROR(GrowTo(*small, kSmall));
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> grown, OpenLedger(kGrownStore));
    RETURN_IF_ERROR(GrowTo(*grown, kLarge));
  }
  absl::StatusOr<std::unique_ptr<ledger::Ledger>> large;
  const double open = Seconds([&] { large = OpenLedger(kGrownStore); });
  RETURN_IF_ERROR(large.status());
  RETURN_IF_ERROR(AppendRecords(**large, 1, kAppends).status());
  const double rss = RssMib();
  ASSIGN_OR_RETURN(const Load at_large, AppendRecords(**large, 1, kAppends));
  ASSIGN_OR_RETURN(const Load at_small, AppendRecords(*small, 1, kAppends));
  ASSIGN_OR_RETURN(const Times proofs, MeasureProofs(**large));
  return Figures{{"growth_ratio", at_large.p50_ms / at_small.p50_ms},
                 {"growth_append_p50_ms_at_1e5", at_small.p50_ms},
                 {"growth_append_p50_ms_at_1e7", at_large.p50_ms},
                 {"growth_proof_p99_ms_at_1e7", proofs.p99_ms},
                 {"growth_rss_mib", rss},
                 {"growth_bytes_per_record", BytesIn(kGrownStore) / kLarge},
                 {"growth_payload_bytes_per_record", 2 * kPayload},
                 {"open_seconds", open}};
}

absl::StatusOr<Figures> VsPostgres() {
  ASSIGN_OR_RETURN(const Figures postgres,
                   FiguresOf("python3 " SUYUAN_SOURCE_DIR "/tests/bench/postgres.py"));
  ASSIGN_OR_RETURN(const Figures unary, AppendUnary());
  ASSIGN_OR_RETURN(const Figures many, AppendMany());
  const double postgres_unary = postgres.at("unary_per_second");
  const double postgres_many = postgres.at("many_events_per_second");
  return Figures{{"vs_postgres_unary", unary.at("append_unary_per_second") / postgres_unary},
                 {"vs_postgres_many", many.at("append_many_events_per_second") / postgres_many},
                 {"postgres_unary_per_second", postgres_unary},
                 {"postgres_many_events_per_second", postgres_many}};
}

}  // namespace suyuan::bench
