// member store, disclose, erase, check: a person's data, which stays in the vault.
#include "cli/commands/commands.h"
#include "cli/json.h"
#include "google/protobuf/util/json_util.h"
#include "services/text/problem.h"
#include "services/tlog/disclosure.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/identity.pb.h"

namespace suyuan::cli {
namespace {

struct Field {
  const char* flag;
  v1::PrivateField field;
};
const Field kFields[] = {{"--name", v1::PRIVATE_FIELD_NAME},
                         {"--phone", v1::PRIVATE_FIELD_PHONE},
                         {"--id-number", v1::PRIVATE_FIELD_ID_NUMBER},
                         {"--polygon", v1::PRIVATE_FIELD_POLYGON}};

// A value from a file leaves no trace in the shell's history.
absl::Status FillValues(Invocation& invocation, google::protobuf::Message* message) {
  auto& request = *static_cast<v1::StorePrivateRequest*>(message);
  for (const Field& field : kFields) {
    if (!invocation.Has(field.flag)) continue;
    std::string value = invocation.Text(field.flag);
    if (value.starts_with("@")) {
      ASSIGN_OR_RETURN(value, ReadFile(value.substr(1)));
      value.erase(value.find_last_not_of("\r\n") + 1);
    }
    v1::PrivateValue* added = request.add_values();
    added->set_field(field.field);
    added->set_value(value);
  }
  return absl::OkStatus();
}

absl::Status KeepDisclosure(Invocation& invocation, const google::protobuf::Message& message) {
  const std::string file = invocation.Text("--out");
  if (file.empty()) return absl::OkStatus();
  std::string json;
  SUYUAN_CHECK(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return ReplaceFile(file, json + "\n", 0600);
}

absl::Status NotProven(const absl::Status& status) {
  return text::Problem(absl::StatusCode::kDataLoss,
                       StrCat("披露不成立：", std::string(status.message())),
                       StrCat("the disclosure does not hold: ", std::string(status.message())));
}

absl::Status Check(Invocation& invocation) {
  ASSIGN_OR_RETURN(const std::string json, ReadFile(invocation.Text("file")));
  v1::DiscloseResponse shown;
  if (!google::protobuf::util::JsonStringToMessage(json, &shown).ok()) {
    return text::Problem(absl::StatusCode::kInvalidArgument, "文件里没有披露",
                         "there is no disclosure in that file");
  }
  if (const absl::Status held = tlog::CheckDisclosedValue(shown); !held.ok()) {
    return NotProven(held);
  }
  const bool recorded = !shown.tlog_proof().empty();
  if (recorded) {
    ASSIGN_OR_RETURN(const tlog::VerifierKey key, LogKeyOf(invocation));
    if (const absl::Status held = tlog::CheckDisclosedRecord(shown, key); !held.ok()) {
      return NotProven(held);
    }
  }
  invocation.Json(JsonObject()
                      .Bool("verified", true)
                      .Bool("recorded", recorded)
                      .Number("sequence", shown.sequence())
                      .Text("value", shown.value().value())
                      .Text("privateRoot", Base64Of(shown.private_root()))
                      .str());
  if (recorded) {
    invocation.Line({StrCat("成立：第 ", shown.sequence(), " 号记录承诺了该值"),
                     StrCat("It holds: record ", shown.sequence(), " commits to the value")});
  } else {
    invocation.Line({"成立：该值在所示的根之下；文件未证明哪条记录有此根",
                     "It holds: the value is under the root shown; no record is shown to have it"});
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> PrivateCommands() {
  const Arg person{"person", "person", {"自然人 persons/…", "person, persons/…"}};
  return {
      {.path = "member store",
       .help =
           {"把成员或农户的个人信息存入私密库（不进账本）；值写成 @文件 则从文件读",
            "put a member's or farmer's data into the vault, not the log; a value @FILE is read "
            "from that file"},
       .method = "IdentityService/StorePrivate",
       .args = {{"--person", "person", {"已有的自然人", "person known already"}},
                {"--name", "", {"姓名", "name"}},
                {"--phone", "", {"电话", "phone"}},
                {"--id-number", "", {"身份证号", "id number"}},
                {"--polygon", "", {"地块边界（GeoJSON）", "polygon of a plot (GeoJSON)"}}},
       .view = {"", {"person", "private_root"}},
       .prepare = FillValues},
      {.path = "member disclose",
       .help = {"披露一项个人信息，附可离线验证的证明",
                "disclose one value of a person, with a proof to be checked offline"},
       .method = "IdentityService/Disclose",
       .args = {person,
                {"--field", "field", {"哪一项", "which value"}},
                {"--root",
                 "private_root",
                 {"哪个根，缺省最新", "of which root, default the newest"}},
                {"--sequence", "sequence", {"载有该根的记录号", "record that carries the root"}},
                {"--out", "", {"写入文件", "file to write"}}},
       .view = {"", {"person", "value.value", "sequence"}},
       .then = KeepDisclosure},
      {.path = "member check",
       .help = {"离线验证披露文件", "check the file of a disclosure, offline"},
       .args = {{"file", "", {"披露文件", "file of the disclosure"}, Arg::Need::kRequired},
                LogKeyArg()},
       .run = Check},
      {.path = "member erase",
       .help = {"销毁某人信息的密钥：不可恢复，账本留下告示",
                "destroy the key of a person's data, for ever; the log keeps a notice"},
       .method = "IdentityService/EraseMember",
       .args = {{"person", "erasure.person", {"自然人 persons/…", "person, persons/…"}},
                {"--cause", "erasure.cause", {"原因", "cause"}}}}};
}

}  // namespace suyuan::cli
