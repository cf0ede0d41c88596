#include "services/ledger/witness_client.h"

#include <utility>
#include <vector>

#include "services/http/client.h"
#include "services/tlog/cosignature.h"
#include "services/tlog/witness.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::ledger {
namespace {

constexpr int kOk = 200, kConflict = 409, kUnprocessable = 422;

std::string UrlOf(const tlog::PolicyWitness& witness, std::string_view path) {
  const size_t end = witness.url.find_last_not_of('/');
  return StrCat(witness.url.substr(0, end + 1), "/", path);
}

class WitnessClient final : public Witnesses {
 public:
  explicit WitnessClient(WitnessClientOptions options) : options_(std::move(options)) {
    for (const tlog::PolicyWitness& witness : options_.policy.witnesses()) {
      if (!witness.url.empty()) asked_.push_back({&witness});
    }
  }

  absl::Status CheckHistory() override;
  absl::StatusOr<Published> Cosign(const Published& published) override;
  bool Enough(std::string_view note) const override;

 private:
  struct Asked {
    const tlog::PolicyWitness* witness;
    uint64_t size = 0;  // It has seen so much, as far as we know.
  };

  std::vector<absl::StatusOr<http::Response>> Send(const std::vector<http::Outgoing>& requests) {
    return http::SendAll(requests, {options_.timeout, options_.answer_bytes_max});
  }
  absl::StatusOr<http::Outgoing> RequestOf(const Asked& asked, const Published& published) const;
  void Warn(std::string_view message, const Asked& asked, std::string status = "") const {
    log::Warning(message, {{"origin", options_.log->identity().origin},
                           {"witness", asked.witness->name},
                           {"status", std::move(status)}});
  }
  // Asks those, and adds what they sign to the note. Those that have another size go to `again`,
  // those that refuse to `refused`.
  absl::Status Ask(const std::vector<Asked*>& whom, Published* published,
                   std::vector<Asked*>* again, std::vector<Asked*>* refused);
  void Take(Asked& asked, const http::Response& answer, Published* published);
  // FAILED_PRECONDITION: one of them shows a checkpoint of ours that is not in the tree.
  absl::Status Examine(const std::vector<Asked*>& whom);
  absl::Status CheckShown(const Asked& asked, const std::string& note) const;

  const WitnessClientOptions options_;
  std::vector<Asked> asked_;
};

absl::StatusOr<http::Outgoing> WitnessClient::RequestOf(const Asked& asked,
                                                        const Published& published) const {
  tlog::AddCheckpoint request;
  request.old_size = asked.size;
  request.checkpoint = published.note;
  if (asked.size > 0 && asked.size < published.head.size) {
    ASSIGN_OR_RETURN(request.proof,
                     options_.log->ConsistencyProof(asked.size, published.head.size));
  }
  return http::Outgoing{"POST", UrlOf(*asked.witness, "add-checkpoint"),
                        tlog::FormatAddCheckpoint(request)};
}

void WitnessClient::Take(Asked& asked, const http::Response& answer, Published* published) {
  absl::StatusOr<std::vector<tlog::Signature>> lines = tlog::ParseSignatures(answer.body);
  const absl::StatusOr<tlog::Note> note = tlog::ParseNote(published->note);
  if (!lines.ok() || !note.ok()) {
    return Warn("a witness answered no cosignature", asked);
  }
  const tlog::Note theirs{note->text, *lines};
  const absl::StatusOr<int64_t> time = tlog::CosignedAt(theirs, asked.witness->key);
  if (note->signatures.size() == tlog::kSignaturesMax) {
    return Warn("a note has no room for another witness", asked);
  }
  if (!time.ok()) {
    return Warn("a witness's cosignature does not hold", asked, time.status().ToString());
  }
  asked.size = published->head.size;
  // One, however many it sent: a note must not outgrow what can be read.
  published->note += tlog::FormatSignature(*tlog::SignaturesBy(theirs, asked.witness->key)[0]);
}

absl::Status WitnessClient::Ask(const std::vector<Asked*>& whom, Published* published,
                                std::vector<Asked*>* again, std::vector<Asked*>* refused) {
  const Published plain = *published;
  std::vector<http::Outgoing> requests;
  for (const Asked* asked : whom) {
    ASSIGN_OR_RETURN(requests.emplace_back(), RequestOf(*asked, plain));
  }
  const std::vector<absl::StatusOr<http::Response>> answers = Send(requests);
  for (size_t i = 0; i < answers.size(); ++i) {
    Asked& asked = *whom[i];
    if (!answers[i].ok()) {
      Warn("a witness did not answer", asked, answers[i].status().ToString());
      continue;
    }
    const absl::StatusOr<uint64_t> size = tlog::ParseSize(answers[i]->body);
    if (answers[i]->status == kOk) {
      Take(asked, *answers[i], published);
    } else if (answers[i]->status == kConflict && size.ok() && *size <= plain.head.size) {
      asked.size = *size;
      again->push_back(&asked);
    } else {
      Warn("a witness refused a checkpoint", asked, StrCat(answers[i]->status));
      if (answers[i]->status == kConflict || answers[i]->status == kUnprocessable) {
        refused->push_back(&asked);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status WitnessClient::CheckShown(const Asked& asked, const std::string& note) const {
  const absl::StatusOr<TreeHead> shown = tlog::OpenCheckpoint(note, options_.verifier_key);
  if (!shown.ok()) return absl::OkStatus();  // Not ours: shows nothing.
  const absl::StatusOr<Hash> root = options_.log->RootAt(shown->size);
  if (root.ok() && *root == shown->root) return absl::OkStatus();
  if (!root.ok() && !absl::IsOutOfRange(root.status())) return root.status();
  // The note is the evidence: it stands in the journal, whatever becomes of the witness.
  log::Error("a witness holds a checkpoint of this log that is not in it",
             {{"witness", asked.witness->name}, {"checkpoint", note}});
  return absl::FailedPreconditionError(
      StrCat("WITNESS_CONFLICT: witness ", asked.witness->name, " holds a checkpoint of size ",
             shown->size,
             ", signed by this log's key, that is not in this log: an older state or "
             "another copy of it stands here"));
}

absl::Status WitnessClient::Examine(const std::vector<Asked*>& whom) {
  std::vector<http::Outgoing> requests;
  const std::string path = tlog::CheckpointPathOf(options_.log->identity().origin);
  for (const Asked* asked : whom) {
    requests.push_back({"GET", UrlOf(*asked->witness, path), ""});
  }
  const std::vector<absl::StatusOr<http::Response>> answers = Send(requests);
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].ok() || answers[i]->status != kOk) continue;
    RETURN_IF_ERROR(CheckShown(*whom[i], answers[i]->body));
  }
  return absl::OkStatus();
}

absl::Status WitnessClient::CheckHistory() {
  std::vector<Asked*> all;
  for (Asked& asked : asked_) all.push_back(&asked);
  return Examine(all);
}

bool WitnessClient::Enough(std::string_view note) const {
  const absl::StatusOr<tlog::Note> parsed = tlog::ParseNote(note);
  if (!parsed.ok()) return false;
  std::vector<std::string> names;
  for (const tlog::PolicyWitness& witness : options_.policy.witnesses()) {
    if (tlog::CosignedAt(*parsed, witness.key).ok()) names.push_back(witness.name);
  }
  return !names.empty() && options_.policy.QuorumOf(names);
}

absl::StatusOr<Published> WitnessClient::Cosign(const Published& before) {
  Published published = before;
  std::vector<Asked*> whom, again, refused, last;
  ASSIGN_OR_RETURN(const tlog::Note note, tlog::ParseNote(before.note));
  for (Asked& asked : asked_) {
    if (!tlog::CosignedAt(note, asked.witness->key).ok()) whom.push_back(&asked);
  }
  RETURN_IF_ERROR(Ask(whom, &published, &again, &refused));
  if (!again.empty()) RETURN_IF_ERROR(Ask(again, &published, &last, &refused));
  if (!refused.empty()) RETURN_IF_ERROR(Examine(refused));
  published.witnessed = Enough(published.note);
  return published;
}

}  // namespace

std::unique_ptr<Witnesses> MakeWitnessClient(WitnessClientOptions options) {
  return std::make_unique<WitnessClient>(std::move(options));
}

}  // namespace suyuan::ledger
