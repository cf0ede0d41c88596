// sample: a made-up season of any size, as tables or straight into a server.
#include "cli/sample.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/numbers.h"
#include "cli/commands/commands.h"
#include "cli/enroll.h"
#include "cli/import.h"
#include "cli/json.h"
#include "cli/value.h"
#include "services/domain/error.h"
#include "services/domain/time.h"
#include "services/tabular/csv.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"

namespace suyuan::cli {
namespace {

constexpr int64_t kBatchesMax = 1'000'000;

absl::StatusOr<SampleOptions> OptionsOf(Invocation& invocation) {
  SampleOptions options;
  const bool seed =
      !invocation.Has("--seed") || absl::SimpleAtoi(invocation.Text("--seed"), &options.seed);
  const bool batches = !invocation.Has("--batches") ||
                       absl::SimpleAtoi(invocation.Text("--batches"), &options.batches);
  if (!seed || !batches || options.batches < 1 || options.batches > kBatchesMax) {
    return text::Problem(absl::StatusCode::kInvalidArgument,
                         "--seed 是整数，--batches 是 1 到 1000000",
                         "--seed is a whole number, --batches is 1 to 1000000");
  }
  options.end = absl::FromUnixSeconds(absl::ToUnixSeconds(invocation.clock.Now()));
  if (invocation.Has("--end")) {
    ASSIGN_OR_RETURN(const claim::v1::When when, ParseWhen(invocation.Text("--end")));
    options.end = domain::TimeOf(when.time());
  }
  return options;
}

absl::Status Generate(Invocation& invocation) {
  ASSIGN_OR_RETURN(const SampleOptions options, OptionsOf(invocation));
  const std::string dir = invocation.Text("--out");
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  std::set<std::string> begun;
  SampleSeason season(options);
  RETURN_IF_ERROR(season.Visit([&](const SampleRows& rows) -> absl::Status {
    const std::string path = StrCat(dir, "/", rows.table->file, ".csv");
    const bool first = begun.insert(path).second;
    std::ofstream file(path, first ? std::ios::binary : std::ios::binary | std::ios::app);
    if (first) file << tabular::CsvLine(rows.table->columns);
    for (const std::vector<std::string>& row : rows.rows) file << tabular::CsvLine(row);
    file.close();
    if (file) return absl::OkStatus();
    return text::Problem(absl::StatusCode::kInternal, StrCat("写不了文件 ", path),
                         StrCat("cannot write ", path));
  }));
  invocation.Json(JsonObject().Text("dir", dir).Number("batches", options.batches).str());
  invocation.Line({StrCat("已写入 ", dir, "：", options.batches, " 个批次"),
                   StrCat("written to ", dir, ": ", options.batches, " batches")});
  return absl::OkStatus();
}

// The parties of a season, each signing with a key of its own. Keys lie in a folder, so that a load
// that was cut short is continued as the same parties.
class Actors {
 public:
  Actors(Session* session, std::string keys_dir, const Clock* clock)
      : session_(session), keys_dir_(std::move(keys_dir)), clock_(clock) {}

  // A member: `inviter` invites him, and his key enrols itself.
  absl::Status Enroll(const std::string& inviter, const std::string& key, const std::string& party,
                      claim::v1::MemberRole role) {
    const std::string path = StrCat(keys_dir_, "/", key, ".pem");
    if (!std::filesystem::exists(path)) {
      RETURN_IF_ERROR(rpc::SigningKey::Generate(rpc::kEcdsaP256).Save(path));
    }
    ASSIGN_OR_RETURN(const rpc::SigningKey signing, rpc::SigningKey::Load(path));
    rpc::ClientOptions options = session_->options;
    options.key = signing;
    auto& client = clients_[key] = std::make_unique<rpc::Client>(options);
    // Of a load that is continued: it is in already.
    const auto known = client->Call<v1::GetCallerResponse>("/suyuan.v1.IdentityService/GetCaller",
                                                           v1::GetCallerRequest());
    if (domain::ReasonOf(known.status()) != v1::REASON_KEY_UNKNOWN) return known.status();
    ASSIGN_OR_RETURN(const rpc::SigningKey code_key,
                     rpc::KeyOfCode(options.origin, rpc::NewCode()));
    v1::InviteMemberRequest invite;
    invite.set_request_id(RandomUuid());
    invite.mutable_invitation()->set_party(party);
    invite.mutable_invitation()->set_role(role);
    invite.mutable_invitation()->set_code_spki(code_key.Spki());
    *invite.mutable_invitation()->mutable_expire_time() =
        domain::StampOf(clock_->Now() + absl::Hours(1));
    RETURN_IF_ERROR(
        Of(inviter)
            .Call<v1::InviteMemberResponse>("/suyuan.v1.IdentityService/InviteMember", invite)
            .status());
    return cli::Enroll(std::move(options), code_key, signing).status();
  }

  // The second operator, who approves what the first proposes.
  absl::Status AddSecondOperator(const std::string& path) {
    absl::StatusOr<rpc::SigningKey> key = rpc::SigningKey::Load(path);
    if (!key.ok()) {
      return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("读不了密钥文件 ", path),
                           StrCat("cannot read the key file ", path));
    }
    rpc::ClientOptions options = session_->options;
    options.key = *std::move(key);
    clients_[kSampleSecondOperator] = std::make_unique<rpc::Client>(std::move(options));
    return absl::OkStatus();
  }

  rpc::Client& Of(const std::string& key) {
    const auto found = clients_.find(key);
    return found == clients_.end() ? *session_->client : *found->second;
  }

 private:
  Session* const session_;
  const std::string keys_dir_;
  const Clock* const clock_;
  std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
};

// Rows of one table, party by party, through the same import as a file's.
absl::Status LoadRows(const SampleRows& rows, Actors& actors, IdMap& ids) {
  const ImportKind& kind = *FindImportKind(rows.table->kind);
  for (size_t begin = 0; begin < rows.rows.size();) {
    const std::string& party = rows.rows[begin][0];
    ASSIGN_OR_RETURN(Import import, Import::Open(kind, rows.table->columns, &ids));
    const Import::Send send = [&](const std::string& method,
                                  const google::protobuf::Message& request,
                                  google::protobuf::Message* response) {
      return actors.Of(party).CallInto(method, request, response);
    };
    size_t end = begin;
    std::vector<ImportProblem> problems;
    for (; end < rows.rows.size() && rows.rows[end][0] == party && problems.empty(); ++end) {
      problems = import.Add({static_cast<int>(end), rows.rows[end]}, send);
    }
    if (problems.empty()) problems = import.Finish(send);
    if (!problems.empty()) return problems.front().status;
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status Load(Invocation& invocation) {
  ASSIGN_OR_RETURN(const SampleOptions options, OptionsOf(invocation));
  const std::string keys = invocation.Text("--keys");
  std::error_code error;
  std::filesystem::create_directories(keys, error);
  ASSIGN_OR_RETURN(Session* const session, invocation.Connected());
  Actors actors(session, keys, &invocation.clock);
  RETURN_IF_ERROR(actors.AddSecondOperator(invocation.Text("--second-key")));
  SampleSeason season(options);
  IdMap ids;
  int64_t done = 0;
  RETURN_IF_ERROR(season.Visit([&](const SampleRows& rows) -> absl::Status {
    // A block begins with its harvests and refers to nothing of the block before.
    if (rows.table->kind == "harvests") {
      for (const char* made : {"batches", "shipments", "samplings", "results"}) ids.Forget(made);
    }
    RETURN_IF_ERROR(LoadRows(rows, actors, ids));
    if (rows.table->kind == "parties") {
      for (const std::string& party : season.parties()) {
        ASSIGN_OR_RETURN(const std::string name, ids.Resolve("parties", party));
        RETURN_IF_ERROR(actors.Enroll("operator", party, name, claim::v1::MEMBER_ROLE_MANAGER));
      }
      ASSIGN_OR_RETURN(const std::string lab, ids.Resolve("parties", kSampleLab));
      RETURN_IF_ERROR(
          actors.Enroll(kSampleLab, kSampleSampler, lab, claim::v1::MEMBER_ROLE_SAMPLER));
      RETURN_IF_ERROR(
          actors.Enroll(kSampleLab, kSampleSignatory, lab, claim::v1::MEMBER_ROLE_SIGNATORY));
    }
    done += static_cast<int64_t>(rows.rows.size());
    return absl::OkStatus();
  }));
  invocation.Json(JsonObject().Number("batches", options.batches).Number("rows", done).str());
  invocation.Line({StrCat("已登记 ", options.batches, " 个批次，共 ", done, " 行"),
                   StrCat("recorded ", options.batches, " batches, ", done, " rows")});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> SampleCommands() {
  const Arg seed{"--seed", "", {"种子；默认 1", "seed; default 1"}};
  const Arg batches{"--batches",
                    "",
                    {"批次数，至多一百万；默认 1000", "batches, at most a million; default 1000"}};
  const Arg end{"--end",
                "",
                {"季末时间；默认现在。写明才能重现",
                 "end of the season; default now. Name it to repeat a run"}};
  return {{.path = "sample generate",
           .help = {"生成样例季的 CSV", "write a sample season as tables"},
           .args = {seed, batches, end, {"--out", "", {"目录", "folder"}, Arg::Need::kRequired}},
           .run = Generate},
          {.path = "sample load",
           .help = {"把样例季直接登记到服务器（运营方密钥；只用于演示账本）",
                    "record a sample season in a server (operator's key; demo ledgers only)"},
           .args = {seed,
                    batches,
                    end,
                    {"--second-key",
                     "",
                     {"运营方另一人的私钥（批准授权）", "the second operator's key, who approves"},
                     Arg::Need::kRequired},
                    {"--keys",
                     "",
                     {"存放各主体密钥的目录", "folder for the parties' keys"},
                     Arg::Need::kRequired}},
           .run = Load}};
}

}  // namespace suyuan::cli
