// A copy that follows a server: byte for byte, through whatever happens to either, and promoted
// where the server is gone. Its leader is the whole service, in one process and split.
#include <filesystem>

#include "services/ledger/following.h"
#include "services/store/author_check.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/log.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/verify.h"
#include "suyuan/ledger/v1/ledger.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

namespace fs = std::filesystem;

constexpr char kReadRecords[] = "/suyuan.ledger.v1.LedgerService/ReadRecords";
constexpr char kGetTreeHead[] = "/suyuan.ledger.v1.LedgerService/GetTreeHead";

v1::RegisterPlotRequest Plot() {
  v1::RegisterPlotRequest request;
  request.set_request_id(RandomUuid());
  request.mutable_plot()->set_name("一号地");
  request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
  request.mutable_plot()->set_area_m2(6666);
  request.mutable_plot()->set_township("金山镇");
  request.mutable_plot()->set_village("大村");
  return request;
}

class FollowTest : public testing::TestWithParam<Topology> {
 protected:
  // A restored backup: a snapshot of the log, and the keys.
  FollowTest() {
    const auto snapshot = leader_.operator_actor().Call<v1::MakeSnapshotResponse>(
        "OperationService/MakeSnapshot", v1::MakeSnapshotRequest());
    EXPECT_OK(snapshot);
    fs::create_directories(options_.dir);
    fs::rename(snapshot->folder(), options_.dir + "/log");
    fs::copy(leader_.dir() + "/keys", options_.dir + "/keys");
  }
  void SetUp() override { StartFollower(); }

  void StartFollower() {
    options_.follow = leader_.grpc_target();
    auto started = app::Process::Start(options_);
    ASSERT_OK(started);
    follower_ = *std::move(started);
  }
  absl::Status Promote() {
    follower_.reset();
    options_.follow.clear();
    options_.promote = true;
    auto started = app::Process::Start(options_);
    if (started.ok()) follower_ = *std::move(started);
    return started.status();
  }
  std::unique_ptr<rpc::Client> FollowerClient(const Actor& actor) {
    rpc::ClientOptions options = actor.options();
    options.target = StrCat("127.0.0.1:", follower_->grpc_port());
    return std::make_unique<rpc::Client>(options);
  }
  // Until the copy has all that the leader has.
  void CatchUp() {
    ledger::v1::ReadRecordsRequest read;
    read.set_from(leader_.LastSequence());
    read.set_max_bytes(1);
    read.set_wait_micros(10'000'000);
    for (int tries = 0; tries < 6; ++tries) {
      const auto records =
          follower_->router().Ask<ledger::v1::ReadRecordsResponse>(kReadRecords, read);
      ASSERT_OK(records);
      if (records->records_size() == 1) return;
    }
    FAIL() << "the copy stays behind";
  }
  ledger::v1::GetTreeHeadResponse HeadOf(const app::Process& process) {
    return *process.router().Ask<ledger::v1::GetTreeHeadResponse>(kGetTreeHead,
                                                                  ledger::v1::GetTreeHeadRequest());
  }
  v1::Following Status() {
    const auto status =
        FollowerClient(leader_.operator_actor())
            ->Call<v1::GetLogStatusResponse>("/suyuan.v1.OperationService/GetLogStatus",
                                             v1::GetLogStatusRequest());
    EXPECT_OK(status);
    return status->following();
  }
  static void ExpectVerifies(const std::string& dir) {
    ledger::LedgerOptions options;
    options.dir = dir + "/log";
    const auto log = ledger::Ledger::OpenReadOnly(options);
    ASSERT_OK(log);
    store::AuthorCheck check;
    const ledger::AuthorHooks hooks = check.Hooks();
    ledger::VerifyOptions verify;
    verify.authors = &hooks;
    const auto verified = ledger::VerifyLedger((*log)->db(), verify);
    ASSERT_OK(verified);
    EXPECT_TRUE(verified->ok()) << verified->errors.front().text;
    EXPECT_GT(verified->checkpoints, 0u);
  }

  TempDir temp_;
  System leader_{GetParam()};
  Actor& cooperative_ = leader_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  app::ProcessOptions options_ = [this] {
    app::ProcessOptions options;
    options.dir = temp_ / "copy";
    options.clock = &leader_.clock();
    options.grpc_address = "127.0.0.1:0";
    return options;
  }();
  std::unique_ptr<app::Process> follower_;
};

TEST_P(FollowTest, HasTheSameRecordsAnswersReadsAndRefusesWrites) {
  for (int i = 0; i < 20; ++i) leader_.AddPlot(cooperative_);
  CatchUp();
  EXPECT_EQ(HeadOf(*follower_).root(), HeadOf(leader_.portal()).root());
  EXPECT_EQ(Status().behind(), 0);
  EXPECT_TRUE(Status().has_contact_time());
  const auto client = FollowerClient(cooperative_);
  v1::ListPlotsRequest list;
  list.set_min_sequence(leader_.LastSequence());
  const auto plots =
      client->Call<v1::ListPlotsResponse>("/suyuan.v1.RegistryService/ListPlots", list);
  ASSERT_OK(plots);
  EXPECT_EQ(plots->plots_size(), 20);
  EXPECT_THAT(
      client->Call<v1::RegisterPlotResponse>("/suyuan.v1.RegistryService/RegisterPlot", Plot()),
      Fails(v1::REASON_READ_ONLY));
  v1::ReadLogRequest read;
  read.set_from(1);
  EXPECT_THAT(FollowerClient(leader_.operator_actor())
                  ->Call<v1::ReadLogResponse>("/suyuan.v1.OperationService/ReadLog", read),
              Fails(v1::REASON_READ_ONLY));
  // The leader's checkpoint, under which a proof from the copy holds.
  v1::GetRecordProofRequest prove;
  prove.set_sequence(leader_.LastSequence());
  const auto here =
      client->Call<v1::GetRecordProofResponse>("/suyuan.v1.AuditService/GetRecordProof", prove);
  const auto there =
      cooperative_.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", prove);
  ASSERT_OK(here);
  ASSERT_OK(there);
  EXPECT_EQ(here->tlog_proof(), there->tlog_proof());
  follower_.reset();
  ExpectVerifies(options_.dir);
}

// The records hold business data: nobody but the operator is shown them.
TEST_P(FollowTest, TheLogIsReadByTheOperatorAlone) {
  v1::ReadLogRequest read;
  read.set_from(1);
  EXPECT_THAT(cooperative_.Call<v1::ReadLogResponse>("OperationService/ReadLog", read),
              Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(leader_.stranger().Call<v1::ReadLogResponse>("OperationService/ReadLog", read),
              Fails(v1::REASON_SIGNATURE_MISSING));
  read.set_from(0);
  EXPECT_THAT(leader_.operator_actor().Call<v1::ReadLogResponse>("OperationService/ReadLog", read),
              Fails(v1::REASON_FIELD_REQUIRED));
}

TEST_P(FollowTest, GoesOnWhereItWasWhenEitherStartsAgain) {
  leader_.AddPlot(cooperative_);
  leader_.Restart();
  leader_.AddPlot(cooperative_);
  CatchUp();
  follower_.reset();
  leader_.AddPlot(cooperative_);
  StartFollower();
  CatchUp();
  EXPECT_EQ(HeadOf(*follower_).root(), HeadOf(leader_.portal()).root());
}

TEST_P(FollowTest, PromotedItWritesOnAndTheLeaderIsRefused) {
  leader_.AddPlot(cooperative_);
  CatchUp();
  leader_.StopAll();
  options_.mark_dir = app::MarkDirOf(leader_.dir());
  ASSERT_OK(Promote());
  const auto client = FollowerClient(cooperative_);
  const auto plot =
      client->Call<v1::RegisterPlotResponse>("/suyuan.v1.RegistryService/RegisterPlot", Plot());
  ASSERT_OK(plot);
  EXPECT_NE(plot->receipt().signature(), "");
  follower_.reset();
  ExpectVerifies(options_.dir);
  app::ProcessOptions old;
  old.dir = leader_.dir();
  old.clock = &leader_.clock();
  EXPECT_THAT(StatusOf(app::Process::Start(old)).ToString(), testing::HasSubstr("MARK_"));
}

// Its operator reads it; what he may not, and what he sees, stands in no audit log until it is
// promoted. Then it has one of its own, under another name than its leader's.
TEST_P(FollowTest, ACopyHasNoAuditLogUntilItIsPromoted) {
  const auto origin = [this](rpc::Client& client) -> absl::StatusOr<std::string> {
    v1::GetCheckpointRequest request;
    request.set_log(v1::LOG_AUDIT);
    const auto checkpoint =
        client.Call<v1::GetCheckpointResponse>("/suyuan.v1.AuditService/GetCheckpoint", request);
    if (!checkpoint.ok()) return checkpoint.status();
    return checkpoint->note().substr(0, checkpoint->note().find('\n'));
  };
  CatchUp();
  rpc::Client leader(leader_.operator_actor().options());
  const auto leaders = origin(leader);
  ASSERT_OK(leaders);
  EXPECT_THAT(origin(*FollowerClient(leader_.operator_actor())), Fails(v1::REASON_READ_ONLY));
  EXPECT_THAT(FollowerClient(leader_.operator_actor())
                  ->Call<v1::ListAccessResponse>("/suyuan.v1.AuditService/ListAccess",
                                                 v1::ListAccessRequest()),
              Fails(v1::REASON_READ_ONLY));
  leader_.StopAll();
  options_.mark_dir = app::MarkDirOf(leader_.dir());
  ASSERT_OK(Promote());
  const auto own = origin(*FollowerClient(leader_.operator_actor()));
  ASSERT_OK(own);
  EXPECT_NE(*own, *leaders);
}

TEST_P(FollowTest, IsNotPromotedWhereItIsBehind) {
  CatchUp();
  follower_.reset();
  leader_.AddPlot(cooperative_);
  leader_.StopAll();  // Publishes what is left, and the mark with it.
  options_.mark_dir = app::MarkDirOf(leader_.dir());
  EXPECT_THAT(Promote().ToString(), testing::HasSubstr("MARK_BEHIND"));
  // The operator's word: what was lost stands in the log.
  options_.accept_mark = "the machine burnt";
  ASSERT_OK(Promote());
  follower_.reset();
  ExpectVerifies(options_.dir);
}

TEST_P(FollowTest, StopsWhereTheLeaderIsAnOlderStateOfItself) {
  const std::string old = temp_ / "old";
  leader_.StopAll();
  fs::copy(leader_.dir(), old, fs::copy_options::recursive);
  leader_.Restart();
  leader_.AddPlot(cooperative_);
  leader_.AddPlot(cooperative_);
  CatchUp();
  leader_.StopAll();
  app::ProcessOptions restored;
  restored.dir = old;
  restored.clock = &leader_.clock();
  restored.grpc_address = leader_.grpc_target();
  restored.accept_mark = "a test";
  const auto forked = app::Process::Start(restored);
  ASSERT_OK(forked);
  std::string stopped;
  while (stopped.empty()) stopped = Status().stopped();
  EXPECT_THAT(stopped, testing::AnyOf(testing::HasSubstr("FOLLOW_ROLLED_BACK"),
                                      testing::HasSubstr("FOLLOW_FORKED")));
}

INSTANTIATE_TEST_SUITE_P(Topologies, FollowTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

// The copy alone, and what comes to it over a line that somebody holds.
class LineTest : public testing::Test {
 protected:
  LineTest() {
    log::SetQuiet(true);
    const auto snapshot = leader_.operator_actor().Call<v1::MakeSnapshotResponse>(
        "OperationService/MakeSnapshot", v1::MakeSnapshotRequest());
    EXPECT_OK(snapshot);
    fs::rename(snapshot->folder(), temp_ / "log");
    ledger::LedgerOptions options;
    options.dir = temp_ / "log";
    options.follow = true;
    copy_ = *ledger::Ledger::Open(options);
    verifier_ = leader_.operator_actor()
                    .Call<v1::GetServerInfoResponse>("IdentityService/GetServerInfo",
                                                     v1::GetServerInfoRequest())
                    ->log_verifier_key();
  }
  ledger::Leader Line() { return ledger::LeaderAt(leader_.operator_actor().options()); }
  std::string StoppedBy(ledger::Leader line) {
    ledger::FollowingOptions options{copy_.get(), std::move(line), verifier_, &leader_.clock()};
    options.pause_min = absl::Milliseconds(1);
    const auto following = ledger::Following::Start(std::move(options));
    EXPECT_OK(following);
    absl::Status stopped;
    while (stopped.ok()) stopped = (*following)->state().stopped;
    return std::string(stopped.message());
  }
  // What a change of the next answer does.
  std::string StoppedBy(const std::function<void(v1::ReadLogResponse*)>& change) {
    leader_.AddPlot(cooperative_);
    ledger::Leader line = Line();
    line.read = [read = line.read, change](const v1::ReadLogRequest& request) {
      auto response = read(request);
      if (response.ok() && response->records_size() > 0) change(&*response);
      return response;
    };
    return StoppedBy(std::move(line));
  }

  TempDir temp_;
  System leader_{Topology::kOneProcess};
  Actor& cooperative_ = leader_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  std::unique_ptr<ledger::Ledger> copy_;
  std::string verifier_;
};

TEST_F(LineTest, AnAlteredRecordIsRefusedByName) {
  const std::string stopped = StoppedBy([](v1::ReadLogResponse* response) {
    response->mutable_records(0)->mutable_items()->back() ^= 1;
  });
  EXPECT_THAT(stopped, testing::StartsWith("FOLLOW_DAMAGED: record "));
}

TEST_F(LineTest, AReorderedOrMissingRecordIsRefused) {
  leader_.AddPlot(cooperative_);
  EXPECT_THAT(StoppedBy([](v1::ReadLogResponse* response) {
                response->mutable_records()->SwapElements(0, 1);
              }),
              testing::StartsWith("FOLLOW_DAMAGED: "));
}

TEST_F(LineTest, ACheckpointOfAnotherKeyIsRefused) {
  const rpc::SigningKey other = rpc::SigningKey::Generate(rpc::kEd25519);
  const std::string& origin = leader_.operator_actor().options().origin;
  EXPECT_THAT(StoppedBy([&](v1::ReadLogResponse* response) {
                const auto head = *tlog::OpenCheckpoint(response->checkpoint(), verifier_);
                response->set_checkpoint(tlog::SignCheckpoint(origin, head, other));
              }),
              testing::StartsWith("FOLLOW_OTHER_KEY: "));
}

TEST_F(LineTest, AnotherLogIsRefused) {
  System other{Topology::kOneProcess};
  rpc::ClientOptions options = leader_.operator_actor().options();
  options.target = other.grpc_target();
  EXPECT_THAT(StoppedBy(ledger::LeaderAt(options)), testing::StartsWith("FOLLOW_OTHER_LOG: "));
}

// What can pass is not a reason to stop.
TEST_F(LineTest, GoesOnAfterCallsThatFail) {
  leader_.AddPlot(cooperative_);
  ledger::Leader line = Line();
  int calls = 0;
  line.read = [&, read = line.read](const v1::ReadLogRequest& request) {
    if (++calls < 4) return absl::StatusOr<v1::ReadLogResponse>(absl::InternalError("the line"));
    return read(request);
  };
  ledger::FollowingOptions options{copy_.get(), std::move(line), verifier_, &leader_.clock()};
  options.pause_min = absl::Milliseconds(1);
  const auto following = ledger::Following::Start(std::move(options));
  ASSERT_OK(following);
  const auto size = static_cast<uint64_t>(leader_.LastSequence()) + 1;
  const auto records = copy_->ReadRecords(size - 1, 1, absl::Seconds(30));
  ASSERT_OK(records);
  EXPECT_EQ(records->size(), 1u);
}

}  // namespace
}  // namespace suyuan::test
