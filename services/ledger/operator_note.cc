#include "services/ledger/operator_note.h"

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"

namespace suyuan::ledger {
namespace {

constexpr char kMethod[] = "/suyuan.ledger.v1.LedgerService/AcceptMark";

}  // namespace

AppendRequest MakeMarkNote(const LogIdentity& identity, const rpc::SigningKey& key,
                           std::string_view reason, std::string_view refused, absl::Time now) {
  google::protobuf::Struct body;
  (*body.mutable_fields())["reason"].set_string_value(std::string(reason));
  (*body.mutable_fields())["refused"].set_string_value(std::string(refused));
  AppendRequest note;
  note.kind = RecordKind::kNote;
  note.request_key = StrCat("note/", RandomUuid());
  SUYUAN_CHECK(google::protobuf::util::MessageToJsonString(body, &note.body).ok());
  note.decided = now;
  note.authorship.algorithm = key.algorithm();
  note.authorship.key_id = key.KeyId();
  note.authorship.encoding = Encoding::kJson;
  note.authorship.signed_micros = ToMicros(now);
  note.authorship.method = kMethod;
  note.authorship.signature = key.Sign(SignedText(identity.origin, note.authorship, note.body));
  return note;
}

}  // namespace suyuan::ledger
