#include "cli/witness.h"

#include <filesystem>
#include <utility>

#include "cli/profile.h"
#include "services/tlog/checkpoint.h"
#include "services/tlog/cosignature.h"
#include "services/tlog/witness.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/db.h"
#include "storage/ledger/merkle.h"

namespace suyuan::cli {
namespace {

http::Response Answer(int status, std::string body, std::string_view type = "text/plain") {
  return {status, {{"Content-Type", std::string(type)}}, std::move(body)};
}

http::Response Conflict(uint64_t size) {
  return Answer(409, tlog::FormatSize(size), tlog::kSizeType);
}

// Whether `head` continues `old`.
bool Continues(const ledger::TreeHead& old, const ledger::TreeHead& head,
               const std::vector<Hash>& proof) {
  if (old.size == 0) return proof.empty();
  if (old.size == head.size) return proof.empty() && old.root == head.root;
  std::vector<std::string> bytes;
  for (const Hash& hash : proof) bytes.emplace_back(AsBytes(hash));
  return ledger::VerifyConsistency(old.size, head.size, AsBytes(old.root), AsBytes(head.root),
                                   bytes)
      .ok();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(WitnessOptions options) {
  if (!tlog::ValidKeyName(options.name)) {
    return absl::InvalidArgumentError("the witness's name is not a key name");
  }
  std::error_code error;
  std::filesystem::create_directories(options.dir, error);
  if (error) return absl::InternalError(StrCat(options.dir, ": ", error.message()));
  auto witness = std::unique_ptr<Witness>(new Witness(std::move(options)));
  for (const std::string& log : witness->options_.logs) RETURN_IF_ERROR(witness->AddLog(log));
  return witness;
}

absl::Status Witness::AddLog(const std::string& verifier_key) {
  ASSIGN_OR_RETURN(tlog::VerifierKey key, tlog::VerifierKey::Parse(verifier_key));
  std::string file = tlog::CheckpointPathOf(key.name());
  file = StrCat(options_.dir, "/", file.substr(0, file.find('/')));
  std::string note;
  if (std::filesystem::exists(file)) {
    ASSIGN_OR_RETURN(note, ReadFile(file));
    RETURN_IF_ERROR(tlog::OpenCheckpoint(note, verifier_key).status());
  }
  const std::string origin = key.name();
  MutexLock lock(&mutex_);
  logs_.insert_or_assign(origin, Log{std::move(key), std::move(file), std::move(note)});
  return absl::OkStatus();
}

std::string Witness::verifier_key() const {
  return tlog::VerifierKeyOf(options_.name, options_.key, tlog::KeyType::kCosignature);
}

http::Response Witness::Handle(const http::Request& request) {
  constexpr std::string_view kAdd = "/add-checkpoint";
  const std::string_view path = request.path();
  if (request.method == "POST" && path.ends_with(kAdd)) return AddCheckpoint(request.body);
  if (request.method != "GET") return Answer(405, "");
  MutexLock lock(&mutex_);
  for (const auto& [origin, log] : logs_) {
    if (path.ends_with(StrCat("/", tlog::CheckpointPathOf(origin))) && !log.note.empty()) {
      return Answer(200, log.note);
    }
  }
  return Answer(404, "");
}

http::Response Witness::AddCheckpoint(std::string_view body) {
  const absl::StatusOr<tlog::AddCheckpoint> request = tlog::ParseAddCheckpoint(body);
  if (!request.ok()) return Answer(400, std::string(request.status().message()));
  const absl::StatusOr<tlog::Note> note = tlog::ParseNote(request->checkpoint);
  if (!note.ok()) return Answer(400, std::string(note.status().message()));
  const absl::StatusOr<tlog::Checkpoint> checkpoint = tlog::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return Answer(400, std::string(checkpoint.status().message()));
  MutexLock lock(&mutex_);  // Of two for one log, one is decided after the other.
  const auto log = logs_.find(checkpoint->origin);
  if (log == logs_.end()) return Answer(404, "the log is not known here");
  if (!tlog::VerifyNote(*note, log->second.key).ok()) {
    return Answer(403, "not signed by the log's key");
  }
  if (request->old_size > checkpoint->head.size) return Answer(400, "old is past the checkpoint");
  ledger::TreeHead seen{0, ledger::EmptyRoot()};
  if (!log->second.note.empty()) {
    seen = *tlog::OpenCheckpoint(log->second.note, log->second.key.ToString());
  }
  if (request->old_size != seen.size) return Conflict(seen.size);
  if (!Continues(seen, checkpoint->head, request->proof)) {
    log::Warning("a checkpoint does not continue what was seen of its log",
                 {{"origin", checkpoint->origin},
                  {"seen", log->second.note},
                  {"refused", request->checkpoint}});
    return Answer(422, "the checkpoint does not continue what was seen");
  }
  const tlog::Signature line = tlog::Cosign(note->text, options_.name, options_.key,
                                            ToMicros(options_.clock->Now()) / 1'000'000);
  // The log's signatures and ours alone: what others signed is not ours to keep.
  tlog::Note kept{note->text, {}};
  for (const tlog::Signature* by : tlog::SignaturesBy(*note, log->second.key)) {
    kept.signatures.push_back(*by);
  }
  kept.signatures.push_back(line);
  std::string bytes = tlog::FormatNote(kept);
  absl::Status saved = ReplaceFile(log->second.file, bytes, 0644);
  saved.Update(kv::SyncDirectoryOf(log->second.file));
  if (!saved.ok()) {
    log::Error("a checkpoint cannot be kept", {{"status", saved.ToString()}});
    return Answer(500, "the checkpoint cannot be kept");
  }
  log->second.note = std::move(bytes);
  return Answer(200, tlog::FormatSignature(line));
}

}  // namespace suyuan::cli
