#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/environment.h"
#include "cli/exit_code.h"
#include "cli/explain.h"
#include "cli/value.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/rules/v1/rules.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::FieldDescriptor;

// What one command line is parsed into. Options write into `storage`, whose addresses are stable.
struct Parser {
  Globals globals;
  std::string language;
  double timeout_seconds = 30;
  std::map<const Command*, std::map<std::string, std::vector<std::string>>> storage;
  std::map<const Command*, std::map<std::string, bool>> switches;
  const Command* chosen = nullptr;
  CLI::App app{"", "suyuan"};
};

const std::map<std::string, Say>& GroupHelp() {
  static const auto* help = new std::map<std::string, Say>{
      {"party", {"主体：登记、查询", "parties"}},
      {"grant", {"授权：提议、批准、停业", "grants: propose, approve, suspend"}},
      {"member", {"成员", "members of a party"}},
      {"key", {"密钥：生成、登记、作废", "keys: create, enrol, revoke"}},
      {"site", {"站点", "sites"}},
      {"plot", {"地块", "plots"}},
      {"product", {"产品", "products"}},
      {"certification", {"产品认证：登记、终止、查询", "certifications of products"}},
      {"harvest", {"采收", "harvests"}},
      {"batch", {"批次现状", "batches as they stand"}},
      {"inspect", {"检测与冻结", "inspection and holds"}},
      {"shipment", {"运单查询", "shipments"}},
      {"label", {"标签", "labels"}},
      {"trace", {"追溯", "tracing"}},
      {"recall", {"召回", "recalls"}},
      {"complaint", {"举报", "complaints"}},
      {"audit", {"审计：检查点、证明、记录", "audit: checkpoints, proofs, records"}},
      {"proof", {"离线证明文件", "proofs to be checked offline"}},
      {"profile", {"配置：服务器与密钥", "profiles: servers and keys"}},
      {"server", {"服务器", "the server"}},
      {"store", {"停机后的账本：验证、查看、导出", "a stopped store: verify, dump, export"}},
      {"sample", {"样例数据", "sample data"}}};
  return *help;
}

// The name of a value in the help.
std::string TypeName(const FieldDescriptor* field) {
  if (field == nullptr) return "TEXT";
  if (field->type() == FieldDescriptor::TYPE_ENUM) return "WORD";
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
      field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    return field->name().ends_with("_m2") ? "AREA" : "N";
  }
  if (!field->options().GetExtension(rules::v1::field).resource().empty()) return "ID";
  if (field->message_type() == nullptr) return "TEXT";
  const std::string& type = field->message_type()->name();
  if (type == "TemperatureRange") return "LOWEST..HIGHEST";
  return type == "Quantity" ? "AMOUNT" : type == "When" ? "TIME" : "TEXT";
}

std::string HelpOf(const Arg& arg, const FieldDescriptor* field, Language language) {
  std::string help = arg.help.In(language);
  if (field == nullptr || field->type() != FieldDescriptor::TYPE_ENUM) return help;
  help += language == Language::kChinese ? "：" : ": ";
  for (int i = 1; i < field->enum_type()->value_count(); ++i) {
    const auto& value = *field->enum_type()->value(i);
    StrAppend(&help, i == 1 ? "" : " | ", ShortName(value));
    if (language == Language::kChinese) StrAppend(&help, " ", text::TextOf(value, language));
  }
  return help;
}

void AddArg(Parser& parser, CLI::App* app, const Command& command, Arg arg) {
  if (arg.flag.ends_with('!')) {
    arg.flag.pop_back();
    app->add_flag(arg.flag, parser.switches[&command][arg.flag],
                  arg.help.In(parser.globals.language));
    return;
  }
  const bool repeated = arg.flag.ends_with('+');
  if (repeated) arg.flag.pop_back();
  const FieldDescriptor* field =
      arg.field.empty() ? nullptr : FieldAt(MethodOf(command.method)->input_type(), arg.field);
  const bool positional = !arg.flag.starts_with("-");
  CLI::Option* option = app->add_option(arg.flag, parser.storage[&command][arg.flag],
                                        HelpOf(arg, field, parser.globals.language));
  option->allow_extra_args(false)->type_name(TypeName(field));
  if (!repeated && (positional || field == nullptr || !field->is_repeated())) option->expected(1);
  const bool contract =
      field != nullptr && field->options().GetExtension(rules::v1::field).required();
  if (arg.need == Arg::Need::kRequired || (arg.need == Arg::Need::kAsContract && contract)) {
    option->required();
  }
}

CLI::App* FindSubcommand(CLI::App* app, const std::string& name) {
  for (CLI::App* one : app->get_subcommands(nullptr)) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

void AddCommand(Parser& parser, const Command& command) {
  const Language language = parser.globals.language;
  CLI::App* app = &parser.app;
  for (const absl::string_view word : absl::StrSplit(command.path, ' ')) {
    const std::string name(word);
    CLI::App* next = FindSubcommand(app, name);
    if (next == nullptr) {
      const auto group = GroupHelp().find(name);
      next =
          app->add_subcommand(name, group == GroupHelp().end() ? "" : group->second.In(language));
      next->require_subcommand(0, 1);
      if (language == Language::kChinese) {
        next->group("命令");
        next->option_defaults()->group("选项");
        next->set_help_flag("-h,--help", "本帮助")->group("选项");
      }
    }
    app = next;
  }
  app->description(command.help.In(language));
  app->require_subcommand(0, 0);
  if (!command.method.empty()) {
    for (const Arg& arg : ImpliedArgs(MethodOf(command.method)->input_type())) {
      AddArg(parser, app, command, arg);
    }
  }
  for (const Arg& arg : command.args) AddArg(parser, app, command, arg);
  app->callback([&parser, &command] { parser.chosen = &command; });
}

// A check that says nothing of itself in the help.
CLI::Validator Silent(CLI::Validator check) { return check.description(""); }

void AddGlobals(Parser& parser) {
  CLI::App& app = parser.app;
  const bool chinese = parser.globals.language == Language::kChinese;
  if (chinese) app.option_defaults()->group("选项");
  const auto say = [&](const char* zh, const char* en) {
    return std::string(Say{zh, en}.In(parser.globals.language));
  };
  app.description(
      say("溯源：农产品追溯账本的命令行", "suyuan: the command line of the traceability ledger"));
  app.add_option("--profile", parser.globals.profile,
                 say("用哪个配置；默认当前配置", "profile to use; default: the current one"))
      ->type_name("NAME")
      ->take_last();
  app.add_option("--config", parser.globals.config, say("配置文件", "file of profiles"))
      ->type_name("FILE")
      ->take_last();
  app.add_flag("--json", parser.globals.json,
               say("输出 JSON，供程序使用", "print JSON, for programs"));
  app.add_option("--lang", parser.language, say("界面语言：zh 或 en", "language: zh or en"))
      ->type_name("zh|en")
      ->take_last()
      ->check(Silent(CLI::IsMember({"zh", "en"})));
  app.add_option("--timeout", parser.timeout_seconds,
                 say("等待服务器的秒数", "seconds to wait for the server"))
      ->type_name("S")
      ->take_last()
      ->check(Silent(CLI::Range(0.1, 3600.0)));
  app.set_version_flag("--version", std::string("suyuan ") + SUYUAN_VERSION,
                       say("版本", "version"));
  app.set_help_flag("-h,--help", say("本帮助", "this help"));
  if (chinese) app.get_help_ptr()->group("选项");
  app.require_subcommand(0, 1);
  app.fallthrough();
  if (!chinese) return;
  for (const auto& [label, words] : {std::pair{"Usage", "用法"},
                                     {"Options", "选项"},
                                     {"OPTIONS", "选项"},
                                     {"REQUIRED", "（必填）"},
                                     {"Positionals", "参数"},
                                     {"Subcommands", "命令"},
                                     {"SUBCOMMAND", "命令"}}) {
    app.get_formatter()->label(label, words);
  }
}

// Parse errors of the library, in the user's language.
absl::Status UsageProblem(const CLI::ParseError& error) {
  const std::string words = error.what();
  std::string chinese = words;
  if (const size_t at = words.find(" is required"); at != std::string::npos) {
    chinese = "缺少 " + words.substr(0, at);
  } else if (const size_t colon = words.find("not expected: "); colon != std::string::npos) {
    chinese = "不认识的参数：" + words.substr(colon + 14);
  } else if (words.find(" missing") != std::string::npos) {
    chinese = words.substr(0, words.find(':')) + " 后面缺少值";
  }
  return text::Problem(absl::StatusCode::kInvalidArgument, chinese, words);
}

// The value after a flag, before anything is parsed: the help itself needs the language.
std::string ValueOf(const std::vector<std::string>& arguments, const std::string& flag) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == flag && i + 1 < arguments.size()) return arguments[i + 1];
    if (arguments[i].starts_with(flag + "=")) return arguments[i].substr(flag.size() + 1);
  }
  return "";
}

Language LanguageOf(const std::vector<std::string>& arguments) {
  const std::string asked = ValueOf(arguments, "--lang");
  if (asked == "zh") return Language::kChinese;
  return asked == "en" ? Language::kEnglish : LanguageOfEnvironment();
}

int Fail(const absl::Status& status, bool json, Language language, std::ostream& err) {
  err << (json ? ErrorJson(status, language) + "\n" : Explained(status, language));
  return ExitCodeOf(status);
}

Invocation::Values ValuesOf(const Parser& parser) {
  Invocation::Values values;
  if (const auto texts = parser.storage.find(parser.chosen); texts != parser.storage.end()) {
    for (const auto& [flag, list] : texts->second) {
      if (!list.empty()) values[flag] = list;
    }
  }
  if (const auto set = parser.switches.find(parser.chosen); set != parser.switches.end()) {
    for (const auto& [flag, on] : set->second) {
      if (on) values[flag] = {"true"};
    }
  }
  return values;
}

}  // namespace

const std::vector<Command>& AllCommands() {
  static const auto* commands = [] {
    auto* all = new std::vector<Command>;
    for (const auto& family :
         {RegistryCommands,   IdentityCommands,   GrantCommands,     OriginCommands,
          InspectionCommands, ShipmentCommands,   LabelCommands,     TraceCommands,
          RecallCommands,     AuditCommands,      AccessCommands,    ProofCommands,
          ImportCommands,     SampleCommands,     StoreCommands,     BackupCommands,
          ProfileCommands,    ReceiptCommands,    PrivateCommands,   WitnessCommands,
          CertCommands,       CompletionCommands, ComplaintCommands, CertificationCommands}) {
      for (Command& command : family()) all->push_back(std::move(command));
    }
    return all;
  }();
  return *commands;
}

int RunProgram(const std::vector<std::string>& arguments, const Clock* clock, std::ostream* out,
               std::ostream* err) {
  Parser parser;
  const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  parser.globals.language = LanguageOf(arguments);
  parser.globals.config = DefaultConfigPath();
  AddGlobals(parser);
  for (const Command& command : AllCommands()) AddCommand(parser, command);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    parser.app.parse(std::move(reversed));
  } catch (const CLI::Success& help) {  // --help and --version.
    parser.app.exit(help, *out, *err);
    return kOk;
  } catch (const CLI::ParseError& error) {
    return Fail(UsageProblem(error), json, parser.globals.language, *err);
  }
  if (parser.chosen == nullptr) {
    *err << parser.app.help();
    return kUsage;
  }
  parser.globals.timeout = absl::Seconds(parser.timeout_seconds);
  if (parser.globals.config.empty()) {
    return Fail(
        text::Problem(absl::StatusCode::kInvalidArgument, "没有 HOME，请用 --config 指定配置文件",
                      "there is no HOME; name the file of profiles with --config"),
        json, parser.globals.language, *err);
  }
  Invocation invocation(*parser.chosen, parser.globals, ValuesOf(parser), clock, out, err);
  return Execute(invocation);
}

}  // namespace suyuan::cli
