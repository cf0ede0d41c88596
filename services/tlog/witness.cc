#include "services/tlog/witness.h"

#include "absl/strings/numbers.h"
#include "services/tlog/lines.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::tlog {
namespace {

absl::Status Wrong(std::string_view why) {
  return absl::InvalidArgumentError(StrCat("add-checkpoint: ", why));
}

bool ParseDecimal(std::string_view text, uint64_t* number) {
  return absl::SimpleAtoi(ToAbsl(text), number) && text == StrCat(*number) &&
         *number <= static_cast<uint64_t>(INT64_MAX);
}

}  // namespace

std::string FormatAddCheckpoint(const AddCheckpoint& request) {
  std::string body = StrCat("old ", request.old_size, "\n");
  for (const Hash& hash : request.proof) body += Base64Of(AsBytes(hash)) + "\n";
  return body + "\n" + request.checkpoint;
}

absl::StatusOr<AddCheckpoint> ParseAddCheckpoint(std::string_view body) {
  constexpr std::string_view kOld = "old ";
  if (body.size() > kAddCheckpointBytesMax) return Wrong("too long");
  AddCheckpoint request;
  std::string_view line;
  if (!TakeLine(body, &line) || !line.starts_with(kOld) ||
      !ParseDecimal(line.substr(kOld.size()), &request.old_size)) {
    return Wrong("no old size");
  }
  for (;;) {
    if (!TakeLine(body, &line)) return Wrong("no checkpoint");
    if (line.empty()) break;
    std::string hash;
    if (!ParseBase64(line, &hash) || hash.size() != kHashSize) return Wrong("not a hash");
    if (request.proof.size() == kConsistencyHashesMax) return Wrong("too many hashes");
    request.proof.push_back(HashFromBytes(hash));
  }
  request.checkpoint = body;
  return request;
}

std::string FormatSize(uint64_t size) { return StrCat(size, "\n"); }

absl::StatusOr<uint64_t> ParseSize(std::string_view body) {
  uint64_t size = 0;
  std::string_view line;
  if (TakeLine(body, &line) && body.empty() && ParseDecimal(line, &size)) return size;
  return absl::InvalidArgumentError("not a size");
}

std::string CheckpointPathOf(std::string_view origin) {
  const Hash hash = Sha256(origin);
  return HexOf(AsBytes(hash)) + "/checkpoint";
}

}  // namespace suyuan::tlog
