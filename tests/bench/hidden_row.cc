// How long an outsider waits to hear that what is another's is not found, beside what is not there:
// the difference would tell him which it is.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "services/domain/id.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/bench/load.h"
#include "tests/support/chain.h"

namespace suyuan::bench {
namespace {

constexpr int kPairs = 5'000;

using Ask = std::function<absl::Status(const std::string& name)>;

std::string AbsentName(const std::string& name) {
  const size_t id = name.find('/') + 1;
  return name.substr(0, id) + domain::MakeId(name.substr(id, 4), "nobody", RandomUuid(), 0);
}

double MicrosOf(const Ask& ask, const std::string& name) {
  const auto begun = std::chrono::steady_clock::now();
  SUYUAN_CHECK(domain::ReasonOf(ask(name)) == v1::REASON_NOT_FOUND);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun)
      .count();
}

double Quantile(std::vector<double>& micros, double share) {
  std::sort(micros.begin(), micros.end());
  return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
}

// One after the other in turns, so that what else the machine does falls on both alike.
Figures Compare(const std::string& row, const std::string& name, const Ask& ask) {
  std::vector<double> anothers, absent;
  for (int i = 0; i < kPairs; ++i) {
    const bool first = i % 2 == 0;
    if (first) anothers.push_back(MicrosOf(ask, name));
    absent.push_back(MicrosOf(ask, AbsentName(name)));
    if (!first) anothers.push_back(MicrosOf(ask, name));
  }
  const auto difference = [&](double share) {
    return std::abs(Quantile(anothers, share) - Quantile(absent, share));
  };
  return {{StrCat("hidden_", row, "_p50_us_difference"), difference(0.5)},
          {StrCat("hidden_", row, "_p99_us_difference"), difference(0.99)},
          {StrCat("hidden_", row, "_p99_us"), Quantile(absent, 0.99)}};
}

// D17: whether a guess that is wrong in its first character is told apart by its time from one that
// is wrong in its last. Welch's t over samples of a hundred comparisons each, in a random order.
Figures CompareSecrets() {
  constexpr int kSamples = 20'000, kCalls = 100;
  const std::string right = "27182818";
  const std::string guesses[] = {"37182818", "27182819"};
  std::mt19937_64 random(1);
  double sum[2] = {}, squares[2] = {}, count[2] = {};
  for (int i = 0; i < kSamples; ++i) {
    const size_t which = random() % 2;
    const auto begun = std::chrono::steady_clock::now();
    for (int call = 0; call < kCalls; ++call) {
      SUYUAN_CHECK(!EqualInConstantTime(right, guesses[which]));
    }
    const double ns = std::chrono::duration<double, std::nano>(  // Of one.
                          std::chrono::steady_clock::now() - begun)
                          .count() /
                      kCalls;
    if (ns > 1000) continue;  // Another's turn on the processor.
    sum[which] += ns;
    squares[which] += ns * ns;
    ++count[which];
  }
  double mean[2], share[2];
  for (const size_t which : {0, 1}) {
    mean[which] = sum[which] / count[which];
    share[which] = (squares[which] / count[which] - mean[which] * mean[which]) / count[which];
  }
  return {{"hidden_secret_ns_difference", std::abs(mean[0] - mean[1])},
          {"hidden_secret_t", std::abs(mean[0] - mean[1]) / std::sqrt(share[0] + share[1])}};
}

}  // namespace

absl::StatusOr<Figures> Hidden() {
  test::System system(test::Topology::kOneProcess);
  test::Chain chain(system);
  test::Actor& outsider = system.AddParty("仁兴合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  const std::string batch = chain.Harvest(500);
  auto issue = test::Chain::New<v1::IssueLabelsRequest>();
  issue.mutable_run()->set_batch(batch);
  issue.mutable_run()->set_count(10);
  ASSIGN_OR_RETURN(const v1::IssueLabelsResponse issued,
                   chain.coop().Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue));
  Figures all = Compare("batch", batch, [&](const std::string& name) {
    v1::GetBatchRequest request;
    request.set_name(name);
    return outsider.Call<v1::Batch>("OriginService/GetBatch", request).status();
  });
  all.merge(Compare("trace", batch, [&](const std::string& name) {
    v1::TraceBackRequest request;
    request.set_batch(name);
    return outsider.Stream<v1::TraceNode>("TraceService/TraceBack", request).status();
  }));
  all.merge(Compare("labels", issued.run(), [&](const std::string& name) {
    v1::ListLabelRangesRequest request;
    request.set_run(name);
    return outsider.Call<v1::ListLabelRangesResponse>("LabelService/ListLabelRanges", request)
        .status();
  }));
  all.merge(CompareSecrets());
  return all;
}

}  // namespace suyuan::bench
