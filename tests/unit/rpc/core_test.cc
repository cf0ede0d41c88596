// What keeps a service from starting, and what a full module answers.
#include "services/rpc/core.h"

#include <latch>
#include <thread>

#include "services/domain/error.h"
#include "services/rpc/encoding.h"
#include "services/rpc/waiting.h"
#include "storage/base/text.h"
#include "suyuan/claim/v1/common.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan::rpc {
namespace {

using test::HasCode;
using testing::HasSubstr;

TEST(MethodsTest, RefuseAServiceWithAMethodNobodyHandles) {
  const Handlers handlers(v1::GradeBatchRequest::descriptor()->file()->service(0));
  const auto methods = MethodsOf(handlers);
  EXPECT_THAT(methods, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(methods.status().message()), HasSubstr("GradeBatch"));
}

TEST(MethodsTest, RefuseAQueryWhereTheContractSaysAChange) {
  Handlers handlers(v1::GradeBatchRequest::descriptor()->file()->service(0));
  handlers.Query<v1::GradeBatchRequest, v1::GradeBatchResponse>(
      "GradeBatch", [](const Call&, const auto&) -> absl::StatusOr<v1::GradeBatchResponse> {
        return v1::GradeBatchResponse();
      });
  EXPECT_THAT(MethodsOf(handlers), HasCode(absl::StatusCode::kFailedPrecondition));
}

// D15: a permission that nobody has is a gap in the table, and no server starts with one.
TEST(MethodsTest, RefuseAPermissionThatNoRoleHas) {
  for (int i = rules::v1::Permission_MIN; i <= rules::v1::Permission_MAX; ++i) {
    if (!rules::v1::Permission_IsValid(i) || i == rules::v1::PERMISSION_UNSPECIFIED) continue;
    EXPECT_TRUE(domain::InTable(static_cast<rules::v1::Permission>(i)))
        << rules::v1::Permission_Name(i);
  }
  EXPECT_FALSE(domain::InTable(rules::v1::PERMISSION_UNSPECIFIED));
  EXPECT_FALSE(domain::InTable(static_cast<rules::v1::Permission>(rules::v1::Permission_MAX + 1)));
}

class CoreTest : public testing::Test {
 protected:
  CoreTest() {
    handlers_.Query<v1::GetCheckpointRequest, v1::GetCheckpointResponse>(
        "GetCheckpoint",
        [this](const Call&, const auto&) -> absl::StatusOr<v1::GetCheckpointResponse> {
          started_.count_down();
          go_on_.wait();
          return v1::GetCheckpointResponse();
        });
    method_.handlers = &handlers_;
    method_.handler = handlers_.Find("GetCheckpoint");
    method_.path = "/suyuan.v1.AuditService/GetCheckpoint";
    method_.permission = rules::v1::PERMISSION_PUBLIC;
  }

  test::LedgerFixture ledger_;
  std::latch started_{1};
  std::latch go_on_{1};
  Handlers handlers_{v1::GetCheckpointRequest::descriptor()->file()->service(0)};
  Method method_;
};

// A full module says so at once: it keeps no caller waiting and takes nothing it cannot do.
TEST_F(CoreTest, RefusesACallWhenItsQueueIsFull) {
  Pool pool(/*threads=*/1, /*queue_max=*/1);
  store::Store store(&ledger_.log(), &ledger_.clock(),
                     [&pool](std::function<void()> task) { return pool.Run(std::move(task)); });
  Core core(&store, &pool);
  std::atomic<int> answered = 0;
  const auto count = [&](const absl::StatusOr<std::string>& answer) { answered += answer.ok(); };
  core.Call(method_, Incoming(), count);  // Runs, and waits.
  started_.wait();
  core.Call(method_, Incoming(), count);  // Stands in the queue.
  const auto refused =
      WaitForAnswer([&](Answer answer) { core.Call(method_, Incoming(), std::move(answer)); });
  EXPECT_EQ(domain::ReasonOf(refused.status()), v1::REASON_QUEUE_FULL);
  go_on_.count_down();
  pool.Close();
  EXPECT_EQ(answered, 2);
  EXPECT_FALSE(pool.Run([] {})) << "a closed pool takes nothing";
}

// B14: whoever waits no more gets nothing done: not by a deadline that is past on arrival, nor by
// one that passes in the queue, nor without any for longer than the service's own patience.
TEST_F(CoreTest, BeginsNothingThatNobodyWaitsForAnyMore) {
  Pool pool(/*threads=*/1, /*queue_max=*/8);
  store::Store store(&ledger_.log(), &ledger_.clock(),
                     [&pool](std::function<void()> task) { return pool.Run(std::move(task)); });
  Core core(&store, &pool);
  const Monotonic::time_point patient = Incoming().until;
  EXPECT_LE(patient, Monotonic::now() + kPatience);
  Incoming late;
  late.until = Monotonic::now() - std::chrono::milliseconds(1);
  const auto refused = WaitForAnswer([&](Answer answer) { core.Call(method_, late, answer); });
  EXPECT_EQ(domain::ReasonOf(refused.status()), v1::REASON_DEADLINE);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(started_.try_wait());

  core.Call(method_, Incoming(), [](const absl::StatusOr<std::string>&) {});
  started_.wait();  // The only thread is taken.
  Incoming brief;
  brief.until = Monotonic::now() + std::chrono::milliseconds(1);
  const auto in_queue = WaitForAnswer([&](Answer answer) {
    core.Call(method_, brief, std::move(answer));
    while (Monotonic::now() <= brief.until) std::this_thread::yield();
    go_on_.count_down();
  });
  EXPECT_EQ(domain::ReasonOf(in_queue.status()), v1::REASON_DEADLINE);
  pool.Close();
}

// Whoever is not known is counted, and stands nowhere: nobody fills a ledger from outside.
TEST_F(CoreTest, CountsCallsOfUnknownAuthorsAndKeepsNoneOfThem) {
  Pool pool(/*threads=*/1, /*queue_max=*/10);
  store::Store store(&ledger_.log(), &ledger_.clock(),
                     [&pool](std::function<void()> task) { return pool.Run(std::move(task)); });
  AccessSums accesses;
  Core core(&store, &pool, nullptr, &accesses);
  method_.permission = rules::v1::PERMISSION_AUDIT;
  const auto call = [&](Incoming incoming) {
    return domain::ReasonOf(WaitForAnswer([&](Answer answer) {
                              core.Call(method_, incoming, std::move(answer));
                            }).status());
  };
  Incoming incoming;
  EXPECT_EQ(call(incoming), v1::REASON_SIGNATURE_MISSING);
  incoming.key_id = std::string(32, '0');
  EXPECT_EQ(call(incoming), v1::REASON_SIGNATURE_INVALID);
  incoming.time = StrCat(ToMicros(ledger_.clock().Now()));
  incoming.signature = std::string(kSignatureSize, 's');
  EXPECT_EQ(call(incoming), v1::REASON_KEY_UNKNOWN);
  incoming.body = std::string(kRequestMax + 1, ' ');
  EXPECT_EQ(call(incoming), v1::REASON_TOO_LARGE);
  pool.Close();
  EXPECT_EQ(accesses.unknown(), 4);
  EXPECT_TRUE(accesses.TakeAll().empty());
}

// Times out of range come from logs written before they were refused: an answer with one fails
// alone, and does not end the process.
TEST(EncodingTest, AMessageWithoutJsonIsAnError) {
  claim::v1::When when;
  when.mutable_time()->set_nanos(-1);
  EXPECT_THAT(EncodeMessage(when, /*json=*/true), HasCode(absl::StatusCode::kInternal));
  EXPECT_TRUE(EncodeMessage(when, /*json=*/false).ok());
}

}  // namespace
}  // namespace suyuan::rpc
