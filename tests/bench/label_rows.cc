// Labels: codes issued, pages scanned, sheets printed.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/label.pb.h"
#include "tests/bench/http_load.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::bench {
namespace {

constexpr int kRunSize = 100'000;
constexpr char kGtin[] = "09520123456788";

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A cooperative whose one batch is enough for any number of labels.
struct Labeller {
  explicit Labeller(test::System& system)
      : system(system),
        actor(system.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE})),
        batch(system.Harvest(actor, system.AddProduct(actor, kGtin), system.AddPlot(actor),
                             system.AddSite(actor, claim::v1::SITE_KIND_FARM), 600'000)) {}

  absl::StatusOr<std::string> Issue(int count) {
    v1::IssueLabelsRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_run()->set_batch(batch);
    request.mutable_run()->set_count(count);
    ASSIGN_OR_RETURN(const v1::IssueLabelsResponse issued,
                     actor.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", request));
    return issued.run();
  }
  // Also waits until the view has the run.
  absl::StatusOr<v1::ListLabelCodesResponse> Codes(const std::string& run) {
    v1::ListLabelCodesRequest request;
    request.set_run(run);
    request.set_page_size(1000);
    request.set_min_sequence(system.LastSequence());
    return actor.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", request);
  }

  test::System& system;
  test::Actor& actor;
  const std::string batch;
};

// Starts the system again with none of its files in memory: neither ours nor the kernel's.
void RestartCold(test::System& system) {
  system.StopAll();
  sync();  // What is not on disk yet would stay in memory.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(system.dir())) {
    if (!entry.is_regular_file()) continue;
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    SUYUAN_CHECK(file >= 0 && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0);
    close(file);
  }
  system.Restart();
}

}  // namespace

absl::StatusOr<Figures> Scan() {
  constexpr int kRuns = 10;  // A million labels.
  test::System system(test::Topology::kOneProcess);
  Labeller labeller(system);
  std::vector<std::string> paths;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRuns; ++i) {
    ASSIGN_OR_RETURN(const std::string run, labeller.Issue(kRunSize));
    ASSIGN_OR_RETURN(const v1::ListLabelCodesResponse codes, labeller.Codes(run));
    for (const v1::LabelCode& code : codes.codes()) {
      paths.push_back(StrCat("/01/", kGtin, "/21/", code.code()));
    }
  }
  Figures figures;
  figures["codes_per_second"] = kRuns * kRunSize / SecondsSince(begin);
  std::shuffle(paths.begin(), paths.end(), std::mt19937_64(1));
  const TargetOf target = [&](int i) { return paths[static_cast<size_t>(i) % paths.size()]; };
  const int port = system.portal().http_port();
  const test::HttpAnswer page = test::Fetch(port, "GET", paths[0], {{"Accept-Encoding", "gzip"}});
  ASSIGN_OR_RETURN(const BesideConstant scans, MeasureBesideConstant(port, target));
  constexpr double kShare = 0.7;
  ASSIGN_OR_RETURN(const Load paced, GetPaced(port, kShare * scans.per_second, target));
  RestartCold(system);
  ASSIGN_OR_RETURN(const Load cold,
                   GetPaced(system.portal().http_port(), kShare * scans.per_second, target));
  figures["scan_cold_p50_ms"] = cold.p50_ms;
  figures["scan_cold_p99_ms"] = cold.p99_ms;
  figures["scan_ratio"] = scans.ratio;
  figures["scans_per_second"] = scans.per_second;
  figures["scan_p50_ms"] = paced.p50_ms;
  figures["scan_p99_ms"] = paced.p99_ms;
  figures["scan_page_bytes"] = static_cast<double>(page.body.size());
  return figures;
}

absl::StatusOr<Figures> LabelsPdf() {
  constexpr int kLabels = 10'000;
  test::System system(test::Topology::kOneProcess);
  Labeller labeller(system);
  v1::PrintLabelsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_run(), labeller.Issue(kLabels));
  request.set_layout("a4-3x7");
  request.set_print(v1::LABEL_PRINT_PDF);
  request.set_min_sequence(system.LastSequence());
  size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const auto pieces, labeller.actor.Stream<v1::PrintLabelsResponse>(
                                          "LabelService/PrintLabels", request));
  const double seconds = SecondsSince(begin);
  for (const v1::PrintLabelsResponse& piece : pieces) bytes += piece.data().size();
  return Figures{{"labels_pdf_seconds", seconds},
                 {"labels_pdf_bytes_each", static_cast<double>(bytes) / kLabels}};
}

}  // namespace suyuan::bench
