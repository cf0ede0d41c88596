// The audit log in a user's hands: the list, the proof of a row as files, their check offline, and
// what verifies and backs it up.
#include <filesystem>
#include <functional>

#include "cli/exit_code.h"
#include "google/protobuf/util/json_util.h"
#include "services/tlog/audit_origin.h"
#include "services/tlog/checkpoint.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/support/command_line.h"
#include "tests/support/witness_server.h"

namespace suyuan::test {
namespace {

namespace fs = std::filesystem;

class AuditCommandTest : public testing::Test {
 protected:
  AuditCommandTest() {
    line_.AddParty("coop", "cooperative");
    EXPECT_EQ(line_.Run("coop", {"audit", "records"}).code, cli::kNotAllowed);
    system_.Restart();
  }
  // The name of the newest row of that refusal.
  std::string Row() {
    for (int tries = 0; tries < 100; ++tries) {
      const Ran listed = line_.Run(
          "operator", {"audit", "access", "--method", "ListRecords", "--outcome", "refused"});
      const google::protobuf::Value rows = listed["accesses"];
      if (rows.list_value().values_size() == 0) continue;  // The view is on its way.
      return rows.list_value().values(0).struct_value().fields().at("name").string_value();
    }
    ADD_FAILURE() << "no row";
    return "";
  }

  // Witnesses of the audit log, all of which its policy wants; until they have cosigned it.
  void UseWitnesses(const std::vector<std::string>& names) {
    const std::string key = line_.Run("operator", {"audit", "key", "--audit"}).Text("verifierKey");
    std::string group = StrCat("group all ", names.size());
    for (const std::string& name : names) {
      witnesses_[name] = std::make_unique<WitnessServer>(name, std::vector<std::string>{key},
                                                         dir_ / name, &system_.clock());
      policy_ += witnesses_[name]->policy_line();
      group += " " + name;
    }
    policy_ += group + "\nquorum all\n";
    system_.UseAuditPolicy(policy_);
    while (AuditCheckpoint().Text("level") != "LEVEL_WITNESSED") {
    }
  }
  Ran AuditCheckpoint() { return line_.Run("operator", {"audit", "checkpoint", "--audit"}); }
  // One more refusal; the name of its row.
  std::string AnotherRow() {
    const std::string before = Row();
    EXPECT_EQ(line_.Run("coop", {"audit", "records"}).code, cli::kNotAllowed);
    system_.Restart();
    std::string row = Row();
    while (row == before) row = Row();
    return row;
  }
  Ran Prove(const std::string& row) {
    return line_.Run("operator", {"audit", "access-proof", row, "--out", line_.path("row.json"),
                                  "--tlog-proof", line_.path("row.tlog-proof")});
  }

  TempDir dir_;
  std::string policy_;
  std::map<std::string, std::unique_ptr<WitnessServer>> witnesses_;
  System system_{Topology::kOneProcess};
  CommandLine line_{&system_};
};

TEST_F(AuditCommandTest, ProvesARowWithFilesThatHoldOnlyAsTheyWereMade) {
  const std::string file = line_.path("row.json"), tlog_proof = line_.path("row.tlog-proof");
  const Ran proof = line_.Run(
      "operator", {"audit", "access-proof", Row(), "--out", file, "--tlog-proof", tlog_proof});
  ASSERT_EQ(proof.code, cli::kOk) << proof.err;
  EXPECT_EQ(proof.Text("reason"), "REASON_NOT_ALLOWED");
  const Ran checked = line_.Run("coop", {"audit", "access-check", file});
  ASSERT_EQ(checked.code, cli::kOk) << checked.err;
  EXPECT_EQ(checked.Text("method"), "/suyuan.v1.AuditService/ListRecords");
  EXPECT_EQ(checked.Number("count"), 1);
  EXPECT_EQ(line_.Run("coop", {"proof", "check", tlog_proof}).code, cli::kOk);
  const rpc::SigningKey other = rpc::SigningKey::Generate(rpc::kEd25519);
  EXPECT_EQ(line_
                .Run("coop", {"audit", "access-check", file, "--log-key",
                              tlog::VerifierKeyOf(system_.portal().origin(), other)})
                .code,
            cli::kFailed);

  v1::GetAccessProofResponse shown;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(*ledger::ReadWholeFile(file), &shown).ok());
  const std::function<void(v1::GetAccessProofResponse&)> changes[] = {
      [](auto& s) {
        event::v1::Event event;
        event.ParseFromString(s.event());
        event.mutable_access_summed()->set_count(0);
        s.set_event(event.SerializeAsString());
      },
      [](auto& s) { s.mutable_event_salt()->at(0) ^= 1; },
      [](auto& s) { s.mutable_content_path(0)->at(0) ^= 1; },
      [](auto& s) { s.set_item_index(s.item_index() + 1); },
      [](auto& s) { s.set_item_count(0); },
      [](auto& s) { s.set_name("1.7"); },
      [](auto& s) { s.mutable_tlog_proof()->at(s.tlog_proof().size() / 2) ^= 1; },
  };
  for (const auto& change : changes) {
    v1::GetAccessProofResponse altered = shown;
    change(altered);
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(altered, &json).ok());
    const Ran ran = line_.Run("coop", {"audit", "access-check", line_.Write("altered.json", json)});
    EXPECT_EQ(ran.code, cli::kFailed) << json << ran.out;
  }
  EXPECT_EQ(line_.Run("coop", {"audit", "access-check", line_.Write("none.json", "no")}).code,
            cli::kUsage);
}

TEST_F(AuditCommandTest, ItsCheckpointIsKeptAndGrows) {
  const std::string file = line_.path("audit.checkpoint");
  const std::vector<std::string> newest = {"audit", "checkpoint", "--audit", "--previous", file};
  ASSERT_EQ(line_.Run("operator", newest).code, cli::kOk);
  EXPECT_EQ(line_.Run("coop", {"audit", "records"}).code, cli::kNotAllowed);
  system_.Restart();
  EXPECT_EQ(line_.Run("operator", newest).code, cli::kOk);
  EXPECT_EQ(line_.Run("operator", {"audit", "checkpoint", "--previous", file}).code, cli::kFailed);
}

TEST_F(AuditCommandTest, ItsKeyIsTheLogsUnderItsOwnName) {
  const auto log_key =
      tlog::VerifierKey::Parse(line_.Run("operator", {"audit", "key"}).Text("verifierKey"));
  const auto audit_key = tlog::VerifierKey::Parse(
      line_.Run("operator", {"audit", "key", "--audit"}).Text("verifierKey"));
  ASSERT_OK(log_key);
  ASSERT_OK(audit_key);
  EXPECT_TRUE(tlog::IsAuditOrigin(audit_key->name(), log_key->name()));
  EXPECT_EQ(audit_key->bytes(), log_key->bytes());
}

// Its quorum holds for older rows, and the proof of a new one does not wait for it.
TEST_F(AuditCommandTest, ARowIsProvenWhileAWitnessIsAway) {
  UseWitnesses({"bureau", "university"});
  const std::string policy = line_.Write("policy", policy_), proof = line_.path("row.tlog-proof");
  ASSERT_EQ(Prove(Row()).code, cli::kOk);
  EXPECT_EQ(line_.Run("coop", {"proof", "check", proof, "--policy", policy}).code, cli::kOk);
  witnesses_["university"]->Stop();
  ASSERT_EQ(Prove(AnotherRow()).code, cli::kOk);
  EXPECT_EQ(line_.Run("coop", {"proof", "check", proof}).code, cli::kOk);
  EXPECT_EQ(line_.Run("coop", {"proof", "check", proof, "--policy", policy}).code, cli::kFailed);
}

// The machine is set back, marks and all; its operator alone would not be found out.
TEST_F(AuditCommandTest, AnotherHistoryOfItIsNotSignedWhereItHasAWitness) {
  const auto copy = [](const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  };
  const std::string dir = system_.dir(), mark = system_.dir() + ".mark";
  UseWitnesses({"bureau"});
  system_.StopAll();
  copy(dir, dir_ / "older");
  copy(mark, dir_ / "older.mark");
  system_.Restart();
  ASSERT_EQ(Prove(AnotherRow()).code, cli::kOk);
  while (AuditCheckpoint().Text("level") != "LEVEL_WITNESSED") {
  }
  system_.StopAll();
  copy(dir_ / "older", dir);
  copy(dir_ / "older.mark", mark);
  system_.Restart();
  EXPECT_NE(Prove(AnotherRow()).code, cli::kOk);
  EXPECT_EQ(line_.Run("operator", {"audit", "proof", "0", "--check"}).code, cli::kOk);
}

TEST_F(AuditCommandTest, IsVerifiedAndBackedUpWithTheLog) {
  const std::string out = line_.path("backups"), to = line_.path("restored");
  ASSERT_EQ(line_.Run("operator", {"backup", system_.dir(), "--live", "--out", out}).code,
            cli::kOk);
  const Ran restored = line_.Run("operator", {"restore", "--from", out, "--to", to});
  ASSERT_EQ(restored.code, cli::kOk) << restored.err;
  system_.StopAll();
  for (const std::string& dir : {system_.dir(), to}) {
    const Ran ran = line_.Run("operator", {"store", "verify", dir});
    ASSERT_EQ(ran.code, cli::kOk) << ran.err;
    const google::protobuf::Value audit = ran["audit"];
    EXPECT_TRUE(audit.struct_value().fields().at("verified").bool_value());
    EXPECT_GE(audit.struct_value().fields().at("size").number_value(), 2);
  }
  // One of another log does not pass for it.
  const System other(Topology::kOneProcess);
  fs::remove_all(to + "/audit");
  fs::copy(other.dir() + "/audit", to + "/audit");
  EXPECT_EQ(line_.Run("operator", {"store", "verify", to}).code, cli::kFailed);
}

}  // namespace
}  // namespace suyuan::test
