// The command line over real gRPC: profiles, imports, exit codes, proofs, a stopped store.
#include "tests/support/command_line.h"

#include <filesystem>
#include <fstream>

#include "cli/exit_code.h"
#include "cli/profile.h"
#include "services/domain/id.h"
#include "services/tlog/note.h"
#include "storage/base/text.h"
#include "storage/ledger/mark.h"

namespace suyuan::test {
namespace {

using testing::HasSubstr;

const std::string kUnknownParty = "parties/" + domain::MakeId("0000", "", "nobody", 0);

class CommandLineTest : public testing::Test {
 protected:
  // A cooperative with a site, a plot and a product, under the keys "farm", "p1" and "tomato".
  void AddCoop() {
    line_.AddParty("coop", "cooperative");
    line_.Write("sites.csv", "key,name,kind,township\nfarm,集货点,farm,金山镇\n");
    line_.Write("plots.csv", "key,name,kind,area,township\np1,一号地,field,12.5亩,金山镇\n");
    line_.Write("products.csv", "key,name,unit,grades\ntomato,番茄,milligram,特级;一级\n");
    for (const char* kind : {"sites", "plots", "products"}) {
      EXPECT_EQ(Import(kind, std::string(kind) + ".csv").code, cli::kOk);
    }
  }
  Ran Import(const std::string& kind, const std::string& file) {
    return line_.Run("coop", {"import", kind, line_.path(file)});
  }
  // A table of harvests, each at a minute of its own.
  void WriteHarvests(const std::string& file, int count) {
    std::string text = "key,product,plots,site,quantity,time\n";
    const absl::Time first = system_.clock().Now() - absl::Hours(24 * 10);
    for (int i = 0; i < count; ++i) {
      StrAppend(&text, "h", i, ",tomato,p1,farm,", 100 + i, "斤,",
                absl::FormatTime("%Y-%m-%dT%H:%MZ", first + absl::Minutes(i), absl::UTCTimeZone()),
                "\n");
    }
    line_.Write(file, text);
  }
  int CountBatches() {
    const Ran ran = line_.Run("coop", {"trace", "batches", "--page-size", "1000", "--min-sequence",
                                       StrCat(system_.LastSequence())});
    EXPECT_EQ(ran.code, cli::kOk) << ran.err;
    return ran["batches"].list_value().values_size();
  }

  System system_{Topology::kOneProcess};
  CommandLine line_{&system_};
};

TEST_F(CommandLineTest, PinsTheLedgerAndRefusesAnother) {
  ASSERT_EQ(line_.Run("operator", {"party", "list"}).code, cli::kOk);
  auto profiles = cli::Profiles::Load(line_.path("config.json"));
  ASSERT_OK(profiles);
  cli::Profile profile = *profiles->Get("operator");
  EXPECT_EQ(profile.origin, system_.portal().origin());
  EXPECT_THAT(profile.log_key, HasSubstr(profile.origin));

  profile.origin = "test/00000000000000000000000000000000";
  profiles->Set("operator", profile);
  ASSERT_OK(profiles->Save());
  const Ran refused = line_.Run("operator", {"party", "list"});
  EXPECT_EQ(refused.code, cli::kNotAllowed);
  EXPECT_THAT(refused.err, HasSubstr("is another ledger"));
  EXPECT_EQ(line_.Run("operator", {"profile", "set", "operator", "--repin"}).code, cli::kOk);
  EXPECT_EQ(line_.Run("operator", {"party", "list"}).code, cli::kOk);
}

TEST_F(CommandLineTest, EndsAsTheReasonSays) {
  AddCoop();
  const Ran not_allowed =
      line_.Run("coop", {"party", "register", "--name", "x", "--role", "cooperative"});
  EXPECT_EQ(not_allowed.code, cli::kNotAllowed);
  EXPECT_THAT(not_allowed.err, HasSubstr("\"reason\":\"REASON_NOT_ALLOWED\""));
  const Ran not_found = line_.Run("coop", {"party", "get", kUnknownParty});
  EXPECT_EQ(not_found.code, cli::kNotFound);
  EXPECT_THAT(not_found.err, HasSubstr("\"resource\":\"" + kUnknownParty + "\""));
  const Ran refused =
      line_.Run("operator", {"party", "register", "--name", "x", "--role", "operator"});
  EXPECT_EQ(refused.code, cli::kNotAllowed);
  const Ran malformed = line_.Run(
      "operator", {"party", "register", "--name", " x ", "--name-en", "a  b", "--role", "lab"});
  EXPECT_EQ(malformed.code, cli::kRefused);
  EXPECT_THAT(malformed.err, HasSubstr("party.name_en"));
}

// Thirty days before, and not earlier; a key that was replaced says nothing for two years more.
TEST_F(CommandLineTest, TellsInTimeThatAKeyOrATermEnds) {
  line_.AddParty("coop", "cooperative");
  const std::string party = line_.Run("coop", {"server", "whoami"}).Text("party");
  constexpr absl::Duration kDay = absl::Hours(24);
  system_.clock().Advance(2 * 365 * kDay - 31 * kDay);
  EXPECT_EQ(line_.Run("coop", {"party", "list"}).err, "");
  system_.clock().Advance(2 * kDay);
  const Ran warned = line_.Run("coop", {"party", "list"});
  EXPECT_EQ(warned.code, cli::kOk);
  EXPECT_THAT(warned.err, HasSubstr("\"warning\":\"this key is good for 29 more days"));
  const std::string until = absl::FormatTime(
      "%Y-%m-%dT%H:%MZ", system_.clock().Now() + 40 * kDay + absl::Minutes(1), absl::UTCTimeZone());
  const std::string code =
      line_
          .Run("coop", {"member", "invite", "--party", party, "--role", "worker", "--until", until})
          .Text("code");
  EXPECT_EQ(line_.Run("coop", {"key", "rotate", line_.path("new.pem")}).code, cli::kOk);
  EXPECT_EQ(line_.Run("coop", {"party", "list"}).err, "");
  line_.Run("worker", {"profile", "set", "worker", "--server", system_.grpc_target()});
  EXPECT_EQ(line_.Run("worker", {"key", "enroll", line_.path("worker.pem"), "--code", code}).code,
            cli::kOk);
  EXPECT_EQ(line_.Run("worker", {"party", "list"}).err, "");
  system_.clock().Advance(12 * kDay);
  EXPECT_THAT(line_.Run("worker", {"party", "list"}).err,
              HasSubstr("your term goes on for 28 more days"));
}

TEST_F(CommandLineTest, TwoOperatorsRecoverAPartyWhoseManagerLostHisKey) {
  const std::string party = line_.AddParty("coop", "cooperative");
  const std::string key = line_.Run("coop", {"server", "whoami"}).Text("key");
  EXPECT_EQ(line_.Run("operator", {"member", "recover", "--party", party}).code, cli::kNotAllowed)
      << "the manager can act";
  EXPECT_EQ(line_.Run("coop", {"key", "revoke", key, "--cause", "lost"}).code, cli::kOk);
  const Ran proposed = line_.Run("operator", {"member", "recover", "--party", party});
  ASSERT_EQ(proposed.code, cli::kOk) << proposed.err;
  EXPECT_EQ(line_.Run("operator-2", {"grant", "approve", proposed.Text("proposal")}).code,
            cli::kOk);
  line_.Run("new", {"profile", "set", "new", "--server", system_.grpc_target()});
  EXPECT_EQ(
      line_.Run("new", {"key", "enroll", line_.path("again.pem"), "--code", proposed.Text("code")})
          .code,
      cli::kOk);
  EXPECT_EQ(line_.Run("new", {"server", "whoami"}).Text("party"), party);
}

TEST_F(CommandLineTest, ARepeatedRequestIdRecordsNothingTwice) {
  const std::vector<std::string> arguments = {
      "party",  "register",    "--name",       "样例社",
      "--role", "cooperative", "--request-id", "0b6a3f9e-1c1f-4c3e-9c55-0123456789ab"};
  const Ran first = line_.Run("operator", arguments), again = line_.Run("operator", arguments);
  EXPECT_EQ(first.code, cli::kOk);
  EXPECT_EQ(first.out, again.out);
}

TEST_F(CommandLineTest, AnImportRunAgainRecordsNothingTwice) {
  AddCoop();
  WriteHarvests("harvests.csv", 20);
  const Ran first = Import("harvests", "harvests.csv");
  EXPECT_EQ(first.Number("recorded"), 20);
  EXPECT_EQ(first.Number("repeated"), 0);
  const int64_t size = system_.LastSequence();
  system_.clock().Advance(absl::Seconds(1));
  const Ran again = Import("harvests", "harvests.csv");
  EXPECT_EQ(again.code, cli::kOk);
  EXPECT_EQ(again.Number("recorded"), 20);
  EXPECT_EQ(again.Number("repeated"), 1);
  EXPECT_EQ(system_.LastSequence(), size);
  EXPECT_EQ(CountBatches(), 20);
}

// Cut after its first request, as by a line that breaks: what came through stays, the rest follows.
TEST_F(CommandLineTest, AnImportCutShortIsContinued) {
  AddCoop();
  WriteHarvests("part.csv", 500);
  WriteHarvests("whole.csv", 620);
  ASSERT_EQ(Import("harvests", "part.csv").code, cli::kOk);
  system_.clock().Advance(absl::Seconds(1));
  const Ran rest = Import("harvests", "whole.csv");
  EXPECT_EQ(rest.code, cli::kOk);
  EXPECT_EQ(rest.Number("requests"), 2);
  EXPECT_EQ(rest.Number("repeated"), 1);
  EXPECT_EQ(CountBatches(), 620);
}

TEST_F(CommandLineTest, ABadTableIsReportedWholeAndNothingIsSent) {
  AddCoop();
  line_.Write("bad.csv",
              "key,product,plots,site,quantity,time\n"
              "a,tomato,p1,farm,many,2026-11-02T07:40+08:00\n"
              "b,tomato,p1,farm,5kg,2026-11-02T07:40+08:00\n"
              "c,cabbage,p1,farm,5kg,noon\n");
  const int64_t size = system_.LastSequence();
  const Ran ran = Import("harvests", "bad.csv");
  EXPECT_EQ(ran.code, cli::kUsage);
  EXPECT_EQ(ran.Number("problemCount"), 3);
  EXPECT_EQ(ran.Number("recorded"), 0);
  const google::protobuf::Value problems = ran["problems"];
  const auto cell = [&](int i) {
    const auto& fields = problems.list_value().values(i).struct_value().fields();
    return StrCat(fields.at("line").number_value(), " ", fields.at("column").string_value());
  };
  EXPECT_EQ(cell(0), "2 quantity");
  EXPECT_EQ(cell(1), "4 product");
  EXPECT_EQ(cell(2), "4 time");
  EXPECT_EQ(system_.LastSequence(), size);
}

TEST_F(CommandLineTest, ADryRunSendsNothing) {
  AddCoop();
  WriteHarvests("harvests.csv", 3);
  const int64_t size = system_.LastSequence();
  const Ran ran =
      line_.Run("coop", {"import", "harvests", line_.path("harvests.csv"), "--dry-run"});
  EXPECT_EQ(ran.code, cli::kOk);
  EXPECT_EQ(ran.Number("rows"), 3);
  EXPECT_EQ(system_.LastSequence(), size);
}

TEST_F(CommandLineTest, RowsTheServerRefusesAreNamedByLine) {
  AddCoop();
  line_.Write("harvests.csv",
              "key,product,plots,site,quantity,time\n"
              "a,tomato,p1,farm,5kg,2026-11-02T07:40+08:00\n"
              "b,tomato,p1,farm,30个,2026-11-02T07:41+08:00\n");
  const Ran ran = Import("harvests", "harvests.csv");
  EXPECT_EQ(ran.code, cli::kRefused);
  EXPECT_EQ(ran.Number("recorded"), 0);
  const google::protobuf::Value problems = ran["problems"];
  const auto& problem = problems.list_value().values(0).struct_value().fields();
  EXPECT_EQ(problem.at("line").number_value(), 3);
  EXPECT_EQ(problem.at("reason").string_value(), "REASON_WRONG_UNIT");
}

TEST_F(CommandLineTest, ImportsATableThatASpreadsheetSavedInGb18030) {
  line_.AddParty("coop", "cooperative");
  // 代号,名称,类型,面积,乡镇 / p1,一号地,地块,5亩,金山镇
  line_.Write("plots.csv",
              "\xB4\xFA\xBA\xC5,\xC3\xFB\xB3\xC6,\xC0\xE0\xD0\xCD,\xC3\xE6\xBB\xFD,\xCF\xE7\xD5\xF2"
              "\r\np1,\xD2\xBB\xBA\xC5\xB5\xD8,\xB5\xD8\xBF\xE9,5\xC4\xB6,\xBD\xF0\xC9\xBD\xD5\xF2"
              "\r\n");
  EXPECT_EQ(Import("plots", "plots.csv").Number("recorded"), 1);
  EXPECT_THAT(line_.Run("coop", {"plot", "list"}).out, HasSubstr("一号地"));
}

TEST_F(CommandLineTest, ChecksProofsAgainstThePinnedKeyAndRemembersCheckpoints) {
  line_.AddParty("coop", "cooperative");
  const Ran proof = line_.Run("operator", {"audit", "proof", "1", "--check"});
  EXPECT_EQ(proof.code, cli::kOk) << proof.err;
  EXPECT_TRUE(proof["verified"].bool_value());
  EXPECT_EQ(line_.Run("operator", {"audit", "proof", "100000", "--check"}).code, cli::kNotFound);

  const std::vector<std::string> checkpoint = {"audit", "checkpoint", "--previous",
                                               line_.path("checkpoint.txt")};
  ASSERT_EQ(line_.Run("operator", checkpoint).code, cli::kOk);
  const std::string before = *cli::ReadFile(line_.path("checkpoint.txt"));
  line_.AddParty("other", "cooperative");
  const std::string newest = StrCat(system_.LastSequence());  // Its proof waits for a checkpoint.
  ASSERT_EQ(line_.Run("operator", {"audit", "proof", newest, "--check"}).code, cli::kOk);
  ASSERT_EQ(line_.Run("operator", checkpoint).code, cli::kOk);
  EXPECT_NE(*cli::ReadFile(line_.path("checkpoint.txt")), before);
  // A checkpoint nobody signed: as one of another past would be.
  line_.Write("checkpoint.txt", before.substr(0, before.size() - 8) + "AAAAAAA\n");
  EXPECT_EQ(line_.Run("operator", checkpoint).code, cli::kFailed);
}

// The file, the log's key and nothing else: the server is gone when the proof is checked.
TEST_F(CommandLineTest, AProofFileHoldsWithoutTheServer) {
  line_.AddParty("coop", "cooperative");
  const std::string file = line_.path("one.tlog-proof");
  const Ran got = line_.Run("operator", {"proof", "get", "1", "--out", file});
  ASSERT_EQ(got.code, cli::kOk) << got.err;
  EXPECT_EQ(line_.Run("operator", {"proof", "get", "100000"}).code, cli::kNotFound);
  const std::string key = line_.Run("operator", {"server", "info"}).Text("logVerifierKey");
  system_.StopAll();
  const Ran checked = line_.Run("operator", {"proof", "check", file, "--record", "1"});
  EXPECT_EQ(checked.code, cli::kOk) << checked.err;
  EXPECT_EQ(checked.Number("sequence"), 1);
  EXPECT_EQ(checked.Text("leafHash"), got.Text("leafHash"));
  EXPECT_EQ(line_.Run("nobody", {"proof", "check", file}).code, cli::kUsage);
  EXPECT_EQ(line_.Run("nobody", {"proof", "check", file, "--log-key", key}).code, cli::kOk);
  const std::string policy = line_.Write("policy", "log " + key + "\nquorum none\n");
  EXPECT_EQ(line_.Run("nobody", {"proof", "check", file, "--policy", policy}).code, cli::kOk);
}

TEST_F(CommandLineTest, AProofFileThatDoesNotHoldSaysWhy) {
  line_.AddParty("coop", "cooperative");
  const std::string file = line_.path("one.tlog-proof");
  ASSERT_EQ(line_.Run("operator", {"proof", "get", "1", "--out", file}).code, cli::kOk);
  const std::string text = *cli::ReadFile(file);
  const auto fails = [&](const std::vector<std::string>& arguments, int code,
                         const std::string& why) {
    std::vector<std::string> all = {"proof", "check"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Ran ran = line_.Run("operator", all);
    EXPECT_EQ(ran.code, code) << why;
    EXPECT_THAT(ran.err, testing::HasSubstr(why));
  };
  const rpc::SigningKey key = rpc::SigningKey::Generate(rpc::kEd25519);
  const std::string other = tlog::VerifierKeyOf("other/log", key);
  const std::string witness =
      "witness w " + tlog::VerifierKeyOf("w", key, tlog::KeyType::kCosignature) + "\nquorum w\n";
  fails({file, "--record", "2"}, cli::kFailed, "the proof is of record 1");
  fails({file, "--log-key", other}, cli::kFailed, "a log that is not trusted");
  fails({file, "--policy", line_.Write("policy", witness)}, cli::kFailed, "too few witnesses");
  fails({file, "--leaf", line_.Write("leaf", "another")}, cli::kFailed, "do not lead");
  fails({file, "--log-key", "nonsense"}, cli::kUsage, "verifier key");
  fails({line_.Write("cut", text.substr(0, 60))}, cli::kUsage, "proof: ");
  fails({line_.Write("cut", text.substr(0, text.size() - 20))}, cli::kUsage, "note: ");
  std::string moved = text;
  moved.replace(moved.find("\nindex 1\n"), 9, "\nindex 0\n");
  fails({line_.Write("moved", moved)}, cli::kFailed, "do not lead");
  fails({line_.path("nowhere")}, cli::kNotFound, "nowhere");
}

// The author keeps what he was answered, and needs nobody to check it.
TEST_F(CommandLineTest, ChecksAReceiptOffline) {
  line_.AddParty("coop", "cooperative");
  const Ran written = line_.Run("coop", {"plot", "register", "--name", "一号地", "--kind", "field",
                                         "--area", "5亩", "--township", "金山镇"});
  ASSERT_EQ(written.code, cli::kOk) << written.err;
  line_.Write("receipt.json", written.out);
  system_.StopAll();
  const Ran held = line_.Run("coop", {"receipt", "check", line_.path("receipt.json")});
  EXPECT_EQ(held.code, cli::kOk) << held.err;
  EXPECT_TRUE(held["verified"].bool_value());
  std::string forged = written.out;
  const size_t at = forged.find("\"leafHash\":\"") + 12;
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  line_.Write("forged.json", forged);
  EXPECT_EQ(line_.Run("coop", {"receipt", "check", line_.path("forged.json")}).code, cli::kFailed);
  line_.Write("none.json", "{}");
  EXPECT_NE(line_.Run("coop", {"receipt", "check", line_.path("none.json")}).code, cli::kOk);
}

// Who runs the machine has every key of the log, and its mark. He puts back what was there before a
// record and lets the log grow otherwise; whoever holds the receipt, or a checkpoint, finds it.
TEST_F(CommandLineTest, AnOldReceiptAndAnOldCheckpointShowThatHistoryWasRewritten) {
  namespace fs = std::filesystem;
  line_.AddParty("coop", "cooperative");
  const auto copy = [](const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  };
  const fs::path data = system_.dir(), mark = system_.dir() + ".mark";
  system_.StopAll();
  copy(data, line_.path("data"));
  copy(mark, line_.path("mark"));
  system_.Restart();
  const auto plot = [&](const std::string& name) {
    return line_.Run("coop", {"plot", "register", "--name", name, "--kind", "field", "--area",
                              "5亩", "--township", "金山镇"});
  };
  const Ran written = plot("一号地");
  ASSERT_EQ(written.code, cli::kOk) << written.err;
  const std::string receipt = line_.Write("receipt.json", written.out);
  const std::vector<std::string> check = {"receipt", "check", receipt, "--online"};
  const std::vector<std::string> grown = {"audit", "checkpoint", "--previous",
                                          line_.path("checkpoint.txt")};
  const Ran stands = line_.Run("coop", check);
  ASSERT_EQ(stands.code, cli::kOk) << stands.err;
  EXPECT_TRUE(stands["online"].bool_value());
  ASSERT_EQ(line_.Run("coop", grown).code, cli::kOk);

  system_.StopAll();
  copy(line_.path("data"), data);
  copy(line_.path("mark"), mark);
  system_.Restart();
  const Ran gone = line_.Run("coop", check);  // Before anything else stands in its place.
  EXPECT_EQ(gone.code, cli::kNotFound) << gone.out;
  EXPECT_THAT(gone.err, HasSubstr("does not have record"));
  for (const char* name : {"二号地", "三号地", "四号地"}) ASSERT_EQ(plot(name).code, cli::kOk);
  const Ran rewritten = line_.Run("coop", check);
  EXPECT_EQ(rewritten.code, cli::kFailed) << rewritten.out;
  EXPECT_THAT(rewritten.err, HasSubstr("has rewritten its past"));
  EXPECT_EQ(line_.Run("coop", grown).code, cli::kFailed);
  // By itself it holds as it did: that is what it proves.
  EXPECT_EQ(line_.Run("coop", {"receipt", "check", receipt}).code, cli::kOk);
}

TEST_F(CommandLineTest, AStoppedStoreAndItsExportVerify) {
  ASSERT_EQ(line_
                .Run("operator", {"sample", "load", "--batches", "45", "--keys", line_.path("keys"),
                                  "--second-key", system_.dir() + "/keys/operator-2.pem"})
                .code,
            cli::kOk);
  ASSERT_EQ(line_.Run("operator", {"audit", "export", "--out", line_.path("export")}).code,
            cli::kOk);
  system_.StopAll();
  const Ran store = line_.Run("operator", {"store", "verify", system_.dir()});
  EXPECT_EQ(store.code, cli::kOk) << store.out;
  EXPECT_GT(store.Number("events"), 100);
  const Ran exported = line_.Run("operator", {"store", "verify", line_.path("export")});
  EXPECT_EQ(exported.Text("root"), store.Text("root"));
  EXPECT_EQ(exported.Number("signatures"), store.Number("signatures"));
  EXPECT_EQ(store.Number("signatures"), store.Number("size"));
  ASSERT_EQ(
      line_.Run("operator", {"store", "export", system_.dir(), "--out", line_.path("again")}).code,
      cli::kOk);
  EXPECT_EQ(*cli::ReadFile(line_.path("export/records.bin")),
            *cli::ReadFile(line_.path("again/records.bin")));
  const Ran dumped =
      line_.Run("operator", {"store", "dump", system_.dir(), "--from", "1", "--count", "1"});
  EXPECT_EQ(dumped.Text("method"), "/suyuan.v1.RegistryService/RegisterParty");
}

// What anybody may see, as a folder for any web server: it proves itself by the log's own key.
TEST_F(CommandLineTest, APublicExportVerifiesAndHidesTheItems) {
  AddCoop();
  system_.StopAll();
  const std::string out = line_.path("public");
  ASSERT_EQ(
      line_.Run("operator", {"store", "export", system_.dir(), "--public", "--out", out}).code,
      cli::kOk);
  EXPECT_FALSE(std::filesystem::exists(out + "/records.bin"));
  const Ran ran = line_.Run("operator", {"store", "verify", out});
  EXPECT_EQ(ran.code, cli::kOk) << ran.out;
  EXPECT_EQ(ran.Number("checkpoints"), 1);
  const Ran store = line_.Run("operator", {"store", "verify", system_.dir()});
  EXPECT_EQ(store.code, cli::kOk) << store.out;
  EXPECT_GT(store.Number("checkpoints"), 0);
  const std::string full = line_.path("full");
  ASSERT_EQ(
      line_.Run("operator", {"store", "export", system_.dir(), "--public", "--full", "--out", full})
          .code,
      cli::kOk);
  EXPECT_EQ(line_.Run("operator", {"store", "verify", full}).Text("root"), ran.Text("root"));
  line_.Write("full/checkpoint", "x" + *cli::ReadFile(full + "/checkpoint"));
  EXPECT_EQ(line_.Run("operator", {"store", "verify", full}).code, cli::kFailed);
}

// It only reads: what lets a store be served again is a start that verifies under the mark.
TEST_F(CommandLineTest, SaysThatAStoreIsPoisonedAndLeavesItSo) {
  system_.StopAll();
  const auto verify = [&] { return line_.Run("operator", {"store", "verify", system_.dir()}); };
  EXPECT_THAT(verify().out, HasSubstr("\"poisoned\":false"));
  (*ledger::Mark::Open(system_.dir() + ".mark"))->Poison();
  for (int i = 0; i < 2; ++i) {
    const Ran ran = verify();
    EXPECT_EQ(ran.code, cli::kOk);
    EXPECT_THAT(ran.out, HasSubstr("\"poisoned\":true"));
  }
}

TEST_F(CommandLineTest, VerifiesOnFromAState) {
  const std::string state = line_.path("state"), snapshot = line_.path("snapshot");
  for (const char* name : {"one", "two"}) {
    const std::string dir = snapshot + name;
    ASSERT_EQ(line_.Run("operator", {"store", "snapshot", "--out", dir}).code, cli::kOk);
    const Ran ran = line_.Run("operator", {"store", "verify", dir, "--since", state});
    EXPECT_EQ(ran.code, cli::kOk) << ran.out;
    EXPECT_EQ(ran.Number("records") < ran.Number("size"), std::string(name) == "two") << ran.out;
    line_.AddParty(name, "cooperative");
  }
  EXPECT_EQ(line_.Run("operator", {"store", "verify", snapshot + "one", "--since", state}).code,
            cli::kFailed);
}

TEST_F(CommandLineTest, MarksLabelsAndShowsHowFarTheyHaveCome) {
  line_.AddParty("coop", "cooperative");
  const auto run = [&](std::vector<std::string> arguments) {
    const Ran ran = line_.Run("coop", std::move(arguments));
    EXPECT_EQ(ran.code, cli::kOk) << ran.err;
    return ran;
  };
  const std::string site =
      run({"site", "register", "--name", "集货点", "--kind", "farm", "--township", "金山镇"})
          .Text("site");
  const std::string plot = run({"plot", "register", "--name", "一号地", "--kind", "field", "--area",
                                "12.5亩", "--township", "金山镇"})
                               .Text("plot");
  const std::string product =
      run({"product", "register", "--name", "番茄", "--unit", "milligram", "--net-content", "500g"})
          .Text("product");
  const std::string batch = run({"harvest", "register", "--product", product, "--plot", plot,
                                 "--site", site, "--quantity", "100kg"})
                                .Text("batch");
  const std::string labels = run({"label", "issue", batch, "--count", "10", "--pin"}).Text("run");
  const auto range = [&](const char* step, const char* first, const char* last) {
    return std::vector<std::string>{"label", step, labels, "--first", first, "--last", last};
  };
  run(range("printed", "1", "9"));
  run(range("applied", "1", "6"));
  std::vector<std::string> retire = range("retire", "1", "2");
  EXPECT_EQ(line_.Run("coop", retire).code, cli::kUsage);  // It needs a cause.
  retire.insert(retire.end(), {"--cause", "used-up"});
  run(retire);
  EXPECT_EQ(line_.Run("coop", range("applied", "6", "10")).code, cli::kRefused);
  const std::string seen = StrCat(system_.LastSequence());
  const Ran shown = run({"label", "show", labels, "--min-sequence", seen});
  EXPECT_EQ(shown["ranges"].list_value().values_size(), 4);
  EXPECT_THAT(shown.out, testing::HasSubstr("RETIRE_CAUSE_USED_UP"));
  const Ran codes = run({"label", "codes", labels, "--min-sequence", seen});
  EXPECT_THAT(codes.out, testing::HasSubstr("LABEL_STATE_RETIRED"));
  EXPECT_THAT(codes.out, testing::ContainsRegex("\"pin\":\"[0-9]{8}\""));
  EXPECT_EQ(line_.Run("coop", {"label", "signals"}).code, cli::kNotAllowed);
  line_.AddParty("bureau", "regulator");
  EXPECT_EQ(line_.Run("bureau", {"label", "signals"}).code, cli::kOk);
}

TEST_F(CommandLineTest, OnlyTheOperatorTakesSnapshots) {
  line_.AddParty("coop", "cooperative");
  EXPECT_EQ(line_.Run("coop", {"store", "snapshot"}).code, cli::kNotAllowed);
  const Ran first = line_.Run("operator", {"store", "snapshot"});
  const Ran second = line_.Run("operator", {"store", "snapshot"});
  EXPECT_FALSE(std::filesystem::exists(first.Text("dir")));
  EXPECT_EQ(line_.Run("operator", {"store", "verify", second.Text("dir")}).code, cli::kOk);
}

TEST_F(CommandLineTest, ABackupOfARunningServerIsRestoredWhole) {
  AddCoop();
  const std::string out = line_.path("backups"), to = line_.path("restored");
  const std::vector<std::string> backup = {"backup", system_.dir(), "--live", "--out", out};
  const Ran first = line_.Run("operator", backup);
  ASSERT_EQ(first.code, cli::kOk) << first.err;
  line_.AddParty("later", "cooperative");
  const Ran second = line_.Run("operator", backup);
  ASSERT_EQ(second.code, cli::kOk) << second.err;
  EXPECT_GT(second.Number("size"), first.Number("size"));
  const Ran restored = line_.Run("operator", {"restore", "--from", out, "--to", to});
  ASSERT_EQ(restored.code, cli::kOk) << restored.err;
  EXPECT_EQ(restored.Text("root"), second.Text("root"));
  EXPECT_EQ(*cli::ReadFile(to + "/keys/log.pem"), *cli::ReadFile(system_.dir() + "/keys/log.pem"));
  EXPECT_EQ(line_.Run("operator", {"restore", "--from", out, "--to", to}).code, cli::kFailed);
  EXPECT_EQ(line_.Run("operator", {"restore", "--from", out, "--to", to + "2", "--number", "1"})
                .Text("root"),
            first.Text("root"));
  // A restored directory has no mark, so no server writes on from it unasked.
  app::ProcessOptions options;
  options.dir = to;
  options.clock = &system_.clock();
  EXPECT_THAT(app::Process::Start(options), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(CommandLineTest, ABackupOlderThanTheMarkIsNotRestored) {
  const std::string out = line_.path("backups");
  ASSERT_EQ(line_.Run("operator", {"backup", system_.dir(), "--live", "--out", out}).code,
            cli::kOk);
  line_.AddParty("later", "cooperative");
  system_.StopAll();
  const std::vector<std::string> restore = {"restore",
                                            "--from",
                                            out,
                                            "--to",
                                            line_.path("restored"),
                                            "--mark-dir",
                                            app::MarkDirOf(system_.dir())};
  const Ran refused = line_.Run("operator", restore);
  EXPECT_EQ(refused.code, cli::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("fork"));
  ASSERT_EQ(line_.Run("operator", {"backup", system_.dir(), "--out", out}).code, cli::kOk);
  EXPECT_EQ(line_.Run("operator", restore).code, cli::kOk);
}

TEST_F(CommandLineTest, AFlippedBitOfABackupIsFound) {
  const std::string out = line_.path("backups");
  ASSERT_EQ(line_.Run("operator", {"backup", system_.dir(), "--live", "--out", out}).code,
            cli::kOk);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  }
  std::mt19937_64 random = SeededRandom();
  for (int i = 0; i < 40; ++i) {
    const std::string& file = files[random() % files.size()];
    const std::string sound = *cli::ReadFile(file);
    std::string bytes = sound;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    EXPECT_EQ(
        line_.Run("operator", {"restore", "--from", out, "--to", line_.path("restored")}).code,
        cli::kFailed)
        << file;
    std::ofstream(file, std::ios::binary | std::ios::trunc) << sound;
  }
}

TEST_F(CommandLineTest, OneChangedByteOfAnExportIsFound) {
  line_.AddParty("coop", "cooperative");
  ASSERT_EQ(line_.Run("operator", {"audit", "export", "--out", line_.path("export")}).code,
            cli::kOk);
  std::string records = *cli::ReadFile(line_.path("export/records.bin"));
  records[records.size() - 100] ^= 1;
  line_.Write("export/records.bin", records);
  const Ran ran = line_.Run("operator", {"store", "verify", line_.path("export")});
  EXPECT_EQ(ran.code, cli::kFailed);
  EXPECT_FALSE(ran["verified"].bool_value());
}

}  // namespace
}  // namespace suyuan::test
