// The table of commands against the contract, and what a command line is parsed into.
#include "cli/command.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_split.h"
#include "cli/exit_code.h"
#include "cli/json.h"
#include "cli/program.h"
#include "cli/show.h"
#include "cli/value.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

using testing::HasSubstr;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran RunWith(std::vector<std::string> arguments) {
  const test::TempDir dir;
  arguments.insert(arguments.begin(), {"--config", dir / "config.json"});
  std::ostringstream out, err;
  Ran ran;
  ran.code = RunProgram(arguments, SystemClock::Get(), &out, &err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

// A wrong path is a bug that would only show when somebody asks for that answer.
TEST(CommandTest, EveryColumnIsAFieldOfTheAnswerAndHasAHeading) {
  for (const Command& command : AllCommands()) {
    if (command.run != nullptr) continue;
    const auto* type = MethodOf(command.method)->output_type();
    if (!command.view.rows.empty()) type = FieldAt(type, command.view.rows)->message_type();
    for (const std::string& column : command.view.columns) {
      EXPECT_NE(FieldAt(type, column), nullptr) << command.path;
      EXPECT_NE(Heading(column, Language::kChinese), "") << command.path << " " << column;
      EXPECT_NE(Heading(column, Language::kEnglish), "") << command.path << " " << column;
    }
    if (command.view.columns.empty()) {
      ASSERT_NE(type->FindFieldByName("receipt"), nullptr) << command.path;
      for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->name() != "receipt") {
          EXPECT_NE(Heading(type->field(i)->name(), Language::kChinese), "") << command.path;
        }
      }
    }
  }
}

TEST(CommandTest, EveryFlagFillsAFieldOfTheRequestAndSaysSoInBothLanguages) {
  for (const Command& command : AllCommands()) {
    EXPECT_NE(command.help.zh, "") << command.path;
    EXPECT_NE(command.help.en, "") << command.path;
    EXPECT_TRUE(!command.method.empty() || command.run != nullptr) << command.path;
    for (const Arg& arg : command.args) {
      EXPECT_NE(arg.help.zh, "") << command.path << " " << arg.flag;
      EXPECT_NE(arg.help.en, "") << command.path << " " << arg.flag;
      if (!arg.field.empty()) {
        EXPECT_NE(FieldAt(MethodOf(command.method)->input_type(), arg.field), nullptr);
      }
    }
  }
}

// Every public method can be called: a new one must get its command.
TEST(CommandTest, EveryPublicMethodHasACommand) {
  std::set<std::string> called = {
      "AuditService/GetCheckpoint",
      "AuditService/GetRecordProof",
      "AuditService/GetConsistencyProof",
      "AuditService/ExportRecords",
      "OriginService/RegisterHarvests",
      "IdentityService/InviteMember",
      "IdentityService/EnrollKey",
      "IdentityService/RotateKey",
      "OperationService/MakeSnapshot",
      "AuditService/GetBatchProof",
      "AuditService/GetAccessProof",
      "OperationService/ReadLog"};  // By commands of their own, by scan pages, or by suyuand.
  for (const Command& command : AllCommands()) called.insert(command.method);
  for (const char* service : {"Audit", "Grading", "Identity", "Inspection", "Label", "Operation",
                              "Origin", "Recall", "Registry", "Shipment", "Trace"}) {
    const std::string name = std::string(service) + "Service";
    const auto* methods =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("suyuan.v1." + name);
    for (int i = 0; i < methods->method_count(); ++i) {
      const auto& rules = methods->method(i)->options().GetExtension(rules::v1::method);
      if (rules.permission() == rules::v1::PERMISSION_INTERNAL) continue;
      EXPECT_TRUE(called.contains(name + "/" + methods->method(i)->name()))
          << name << "/" << methods->method(i)->name();
    }
  }
}

TEST(ProgramTest, HelpsWithEveryCommandInBothLanguages) {
  for (const Command& command : AllCommands()) {
    std::vector<std::string> arguments = absl::StrSplit(command.path, ' ');
    for (const char* language : {"zh", "en"}) {
      std::vector<std::string> asked = arguments;
      asked.insert(asked.end(), {"--lang", language, "--help"});
      const Ran ran = RunWith(asked);
      EXPECT_EQ(ran.code, kOk) << command.path;
      EXPECT_THAT(ran.out,
                  HasSubstr(std::string(language) == "zh" ? command.help.zh : command.help.en));
      EXPECT_THAT(ran.out, HasSubstr("suyuan " + command.path));
    }
  }
}

TEST(ProgramTest, SaysWhatIsMissingInTheUsersLanguage) {
  EXPECT_EQ(RunWith({"--lang", "zh", "party", "register", "--role", "lab"}).err,
            "错误：缺少 --name\n");
  EXPECT_EQ(RunWith({"--lang", "en", "party", "register", "--role", "lab"}).err,
            "Error: --name is required\n");
}

TEST(ProgramTest, EndsWithTwoForWhatItDoesNotUnderstand) {
  EXPECT_EQ(RunWith({"--lang", "en", "nonsense"}).code, kUsage);
  EXPECT_EQ(RunWith({"party"}).code, kUsage);
  EXPECT_EQ(RunWith({}).code, kUsage);
  EXPECT_EQ(RunWith({"party", "get", "parties/nonsense"}).code, kUsage);
  EXPECT_EQ(RunWith({"party", "list", "--wrong"}).code, kUsage);
  const Ran ran = RunWith({"--lang", "zh", "--json", "party", "list", "--wrong"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("\"reason\":\"USAGE\""));
  EXPECT_THAT(ran.err, HasSubstr("不认识的参数：--wrong"));
}

TEST(ProgramTest, AsksForAProfileBeforeItAsksAServer) {
  const Ran ran = RunWith({"--lang", "en", "party", "list"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_THAT(ran.err, HasSubstr("suyuan profile set"));
}

TEST(ProgramTest, EndsWithSixWhereNobodyAnswers) {
  const test::TempDir dir;
  std::ostringstream out, err;
  const std::string server = "unix:" + (dir / "nobody.sock");
  const std::vector<std::string> globals = {"--config", dir / "config.json", "--lang",
                                            "en",       "--timeout",         "1"};
  std::vector<std::string> set = globals, list = globals;
  set.insert(set.end(), {"profile", "set", "p", "--server", server});
  list.insert(list.end(), {"party", "list"});
  ASSERT_EQ(RunProgram(set, SystemClock::Get(), &out, &err), kOk);
  EXPECT_EQ(RunProgram(list, SystemClock::Get(), &out, &err), kUnavailable);
  EXPECT_THAT(err.str(), HasSubstr("cannot be reached"));
}

TEST(JsonTest, EscapesTextAndKeepsTheOrderOfFields) {
  EXPECT_EQ(JsonObject().Text("b", "x\"\\\n番茄").Number("a", -5).Bool("c", true).str(),
            "{\"b\":\"x\\\"\\\\\\u000a番茄\",\"a\":-5,\"c\":true}");
  EXPECT_EQ(JsonList({"1", JsonText("x")}), "[1,\"x\"]");
}

TEST(KeyTest, MakesAKeyForItsUserAloneAndNeverOverwritesOne) {
  const test::TempDir dir;
  const std::string path = dir / "farm.pem";
  const Ran made = RunWith({"--json", "key", "create", path});
  ASSERT_EQ(made.code, kOk);
  EXPECT_THAT(made.out, HasSubstr("\"key\":\"keys/"));
  const std::string before = *ReadFile(path);
  EXPECT_EQ(RunWith({"key", "create", path}).code, kFailed);
  EXPECT_EQ(*ReadFile(path), before);
  EXPECT_EQ(RunWith({"key", "create", dir / "x.pem", "--algorithm", "rsa"}).code, kUsage);
}

TEST(CompletionTest, OffersEveryCommandAndFlag) {
  const Ran ran = RunWith({"completion", "bash"});
  ASSERT_EQ(ran.code, kOk);
  for (const Command& command : AllCommands()) {
    EXPECT_THAT(ran.out, HasSubstr("'" + command.path + "')")) << command.path;
  }
  EXPECT_THAT(
      ran.out,
      HasSubstr("'ship') after='--request-id --time --from --to --carrier --line --keep '"));
  EXPECT_THAT(RunWith({"completion", "zsh"}).out, testing::StartsWith("autoload"));
  EXPECT_EQ(RunWith({"completion", "fish"}).code, kUsage);
}

TEST(SampleTest, TheSameSeedWritesTheSameTables) {
  const test::TempDir dir;
  const auto generate = [&](const std::string& seed, const std::string& to) {
    ASSERT_EQ(RunWith({"sample", "generate", "--seed", seed, "--batches", "205", "--end",
                       "2026-11-20 20:00", "--out", dir / to})
                  .code,
              kOk);
  };
  generate("7", "a");
  generate("7", "b");
  generate("8", "c");
  EXPECT_EQ(*ReadFile(dir / "a/08-harvests.csv"), *ReadFile(dir / "b/08-harvests.csv"));
  EXPECT_NE(*ReadFile(dir / "a/08-harvests.csv"), *ReadFile(dir / "c/08-harvests.csv"));
}

}  // namespace
}  // namespace suyuan::cli
