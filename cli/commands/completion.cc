// completion: a script for the shell, from the table of commands.
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/program.h"
#include "services/text/problem.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

constexpr char kGlobalFlags[] = "--profile --config --json --lang --timeout --help";

// What may follow each path of words: sub-commands and flags.
std::map<std::string, std::string> Continuations() {
  std::map<std::string, std::string> after;
  std::map<std::string, bool> seen;
  for (const Command& command : AllCommands()) {
    std::string path;
    for (const absl::string_view word : absl::StrSplit(command.path, ' ')) {
      const std::string next = StrCat(path, path.empty() ? "" : " ", FromAbsl(word));
      if (!seen[next]) StrAppend(&after[path], FromAbsl(word), " ");
      seen[next] = true;
      path = next;
    }
    std::string& flags = after[path];
    std::vector<Arg> args;
    if (!command.method.empty()) args = ImpliedArgs(MethodOf(command.method)->input_type());
    args.insert(args.end(), command.args.begin(), command.args.end());
    for (const Arg& arg : args) {
      if (!arg.flag.starts_with("--")) continue;
      StrAppend(&flags, arg.flag.substr(0, arg.flag.find_first_of("!+")), " ");
    }
  }
  return after;
}

std::string BashScript() {
  std::string script =
      "_suyuan() {\n"
      "  local word path= current=${COMP_WORDS[COMP_CWORD]} after\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path${path:+ }$word\" in\n";
  std::string paths, cases;
  for (const auto& [path, after] : Continuations()) {
    if (!path.empty()) StrAppend(&paths, paths.empty() ? "      " : "|", "'", path, "'");
    StrAppend(&cases, "    '", path, "') after='", after, "';;\n");
  }
  StrAppend(&script, paths, ") path=\"$path${path:+ }$word\";;\n    esac\n  done\n",
            "  case \"$path\" in\n", cases, "  esac\n", "  COMPREPLY=($(compgen -W \"$after ",
            kGlobalFlags, "\" -- \"$current\"))\n",
            "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n",
            "}\ncomplete -F _suyuan suyuan\n");
  return script;
}

absl::Status Print(Invocation& invocation) {
  const std::string shell = invocation.Text("shell");
  if (shell != "bash" && shell != "zsh") {
    return text::Problem(absl::StatusCode::kInvalidArgument, "只支持 bash 和 zsh",
                         "bash and zsh are supported");
  }
  if (shell == "zsh") invocation.out << "autoload -U +X bashcompinit && bashcompinit\n";
  invocation.out << BashScript();
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> CompletionCommands() {
  return {{.path = "completion",
           .help = {"输出 shell 补全脚本：source <(suyuan completion bash)",
                    "print a shell completion script: source <(suyuan completion bash)"},
           .args = {{"shell", "", {"bash 或 zsh", "bash or zsh"}, Arg::Need::kRequired}},
           .run = Print}};
}

}  // namespace suyuan::cli
