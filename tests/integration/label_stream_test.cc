// The largest run there is, printed: in pieces that say how far they are, and never whole in
// memory.
#include <fstream>

#include "services/rpc/waiting.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr int kLabels = 100'000;

// Of this process, in bytes: the most since the last call.
int64_t PeakSince() {
  std::ifstream status("/proc/self/status");
  std::string word;
  int64_t kibibytes = 0;
  while (status >> word && word != "VmHWM:") {
  }
  status >> kibibytes;
  std::ofstream("/proc/self/clear_refs") << 5;
  return kibibytes << 10;
}

struct Job {
  const char* layout;
  v1::LabelPrint print;
  const char *begins, *ends;
  int64_t bytes_min;  // Of the whole job.
  int64_t grown_max;  // Of this process meanwhile. A document keeps a list of its own objects.
};
void PrintTo(const Job& job, std::ostream* out) { *out << job.layout; }

class LabelStreamTest : public testing::TestWithParam<Job> {
 protected:
  std::string Issue() {
    v1::IssueLabelsRequest issue;
    issue.set_request_id(RandomUuid());
    issue.mutable_run()->set_batch(system_.Harvest(
        cooperative_, system_.AddProduct(cooperative_), system_.AddPlot(cooperative_),
        system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM), kLabels / 2));  // Of 500 g each.
    issue.mutable_run()->set_count(kLabels);
    const auto run = cooperative_.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue);
    EXPECT_OK(run);
    return run->run();
  }
  // Its messages one by one: a client of the test's would keep them all.
  rpc::Source Open(const v1::PrintLabelsRequest& request) {
    rpc::Incoming call;
    call.method = "/suyuan.v1.LabelService/PrintLabels";
    call.body = request.SerializeAsString();
    const rpc::CallSignature headers =
        rpc::SignCall(*cooperative_.options().key, system_.portal().origin(), call.method, false,
                      system_.clock().Now(), call.body);
    call.key_id = headers.key_id;
    call.time = headers.time;
    call.signature = headers.signature;
    const auto source = rpc::WaitFor<absl::StatusOr<rpc::Source>>(
        [&](auto opened) { system_.portal().router().Open(call, opened); });
    EXPECT_OK(source);
    return *source;
  }

  System system_{Topology::kOneProcess};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
};

TEST_P(LabelStreamTest, TheLargestRunComesInPiecesAndIsNeverWholeInMemory) {
  v1::PrintLabelsRequest request;
  request.set_run(Issue());
  request.set_layout(GetParam().layout);
  request.set_print(GetParam().print);
  request.set_min_sequence(system_.LastSequence());
  const rpc::Source source = Open(request);
  PeakSince();
  const int64_t before = PeakSince();
  int done = 0;
  int64_t bytes = 0;
  std::string begins, ends;
  while (true) {
    const auto message = rpc::WaitFor<absl::StatusOr<std::optional<std::string>>>(source);
    ASSERT_OK(message);
    if (!message->has_value()) break;
    v1::PrintLabelsResponse piece;
    ASSERT_TRUE(piece.ParseFromString(**message));
    EXPECT_EQ(piece.total(), kLabels);
    EXPECT_GT(piece.done(), done);
    EXPECT_LE(piece.done() - done, 500);
    done = piece.done();
    bytes += static_cast<int64_t>(piece.data().size());
    if (begins.empty()) begins = piece.data().substr(0, 20);
    ends = piece.data().substr(piece.data().size() - std::min<size_t>(piece.data().size(), 20));
  }
  EXPECT_EQ(done, kLabels);
  EXPECT_THAT(begins, testing::StartsWith(GetParam().begins));
  EXPECT_THAT(ends, testing::EndsWith(GetParam().ends));
  EXPECT_GT(bytes, GetParam().bytes_min);
  EXPECT_LT(PeakSince() - before, GetParam().grown_max) << "of " << bytes;
}

INSTANTIATE_TEST_SUITE_P(Jobs, LabelStreamTest,
                         testing::Values(Job{"a4-3x8", v1::LABEL_PRINT_PDF, "%PDF-", "%%EOF\n",
                                             40 << 20, 40 << 20},
                                         Job{"40x30", v1::LABEL_PRINT_TSPL, "SIZE 40 mm",
                                             "PRINT 1,1\r\n", 900 << 20, 16 << 20}),
                         [](const auto& info) {
                           return info.param.print == v1::LABEL_PRINT_PDF ? "Document" : "Printer";
                         });

}  // namespace
}  // namespace suyuan::test
