#include "services/portal/complaints.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "services/document/photo.h"
#include "services/domain/error.h"
#include "services/portal/address.h"
#include "services/portal/answers.h"
#include "services/portal/calls.h"
#include "services/portal/multipart.h"
#include "services/portal/negotiation.h"
#include "services/portal/page_complaint_text.h"
#include "services/portal/proof.h"
#include "services/rpc/rules.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {
namespace {

constexpr size_t kPhotosWaiting = 8;  // Forms whose photos wait to be decoded.

// Words as one line: forms send line breaks, and whatever was pasted.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == '\r' || c == '\n' || c == '\t' || c == ' ';
    if (!blank) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

// What an address says in this request's language and size.
std::string Keeping(const http::Request& request) {
  return StrCat(LanguageFor(request) == text::Language::kEnglish ? "lang=en" : "lang=zh",
                LargeFor(request) ? "&big=1" : "");
}

http::Response SeeOther(std::string location) {
  return {303,
          {{"Location", std::move(location)},
           {"Cache-Control", "no-store"},
           {"Referrer-Policy", "no-referrer"}},
          ""};
}

// Another site's page sends it, in the name of whoever looks at that. Browsers say so.
bool SentByAnotherSite(const http::Request& request) {
  const std::string_view site = request.Header("sec-fetch-site");
  return site == "cross-site" || site == "same-site";
}

// A code or ticket as it is printed, from one that was typed; empty where it can be none.
std::string Folded(std::string_view typed) {
  std::string path = "/t/";
  for (const char c : typed) {
    if (c != ' ' && c != '-') path.push_back(c);
  }
  const absl::StatusOr<Address> address = ParseAddress(path);
  return address.ok() ? address->code : "";
}

// What the form is about, from the path of the page it was begun on.
void SetAbout(std::string_view path, ComplaintDraft* draft) {
  const absl::StatusOr<Address> address = ParseAddress(path.substr(0, path.find('?')));
  if (!address.ok() || (address->code.empty() && address->batch.empty())) return;
  draft->about = address->canonical.empty() ? std::string(path) : address->canonical;
  draft->label = address->code;
  draft->batch = address->batch;
}

ComplaintDraft DraftIn(const std::vector<FormPart>& parts) {
  ComplaintDraft draft;
  draft.id = std::string(FieldOf(parts, "id"));
  SetAbout(FieldOf(parts, "about"), &draft);
  draft.code = OneLine(FieldOf(parts, "code"));
  int kind = 0;
  if (absl::SimpleAtoi(ToAbsl(FieldOf(parts, "kind")), &kind) &&
      claim::v1::ComplaintKind_IsValid(kind)) {
    draft.kind = kind;
  }
  draft.text = OneLine(FieldOf(parts, "text"));
  draft.contact = OneLine(FieldOf(parts, "contact"));
  return draft;
}

v1::FileComplaintRequest RequestOf(const ComplaintDraft& draft) {
  v1::FileComplaintRequest request;
  request.set_request_id(draft.id);
  request.set_kind(static_cast<claim::v1::ComplaintKind>(draft.kind));
  request.mutable_content()->set_text(draft.text);
  request.mutable_content()->set_contact(draft.contact);
  request.mutable_content()->set_code(draft.label.empty() ? Folded(draft.code) : draft.label);
  return request;
}

// What is wrong with it; null: nothing.
const Words* FaultIn(const ComplaintDraft& draft, const v1::FileComplaintRequest& request) {
  if (draft.label.empty() && !draft.code.empty() && request.content().code().empty()) {
    return &words::kFaultCode;
  }
  const absl::Status rules = rpc::CheckRules(request);
  if (rules.ok()) return nullptr;
  const std::string field = domain::DetailsOf(rules)["field"];
  if (field == "kind") return &words::kFaultKind;
  if (field == "content.text") return &words::kFaultText;
  return field == "content.contact" ? &words::kFaultContact : &words::kFaultForm;
}

// The batch that was found; empty where the answer has none.
std::string BatchIn(bool label, const std::string& answer) {
  if (label) {
    v1::ResolveLabelResponse response;
    return response.ParseFromString(answer) ? response.batch() : "";
  }
  v1::ResolveBatchResponse response;
  return response.ParseFromString(answer) ? response.journey().batch().name() : "";
}

}  // namespace

// A form on its way.
struct Complaints::Filing {
  http::Request request;  // Without its body, once the photos are taken out.
  http::Respond respond;
  ComplaintDraft draft;
  int network = 0;
  v1::FileComplaintRequest complaint;
  std::vector<std::string> photos;  // As they were sent.
};

Complaints::Complaints(const PortalOptions& options)
    : options_(options),
      networks_(options.clock, options.utc_offset_minutes),
      budget_(options.clock, options.utc_offset_minutes),
      pool_(std::make_unique<rpc::Pool>(1, kPhotosWaiting)) {}

Complaints::~Complaints() = default;

PageFacts Complaints::FactsFor(const http::Request& request) const {
  return portal::FactsFor(options_, request);
}

http::Response Complaints::FormAnswer(const http::Request& request, int status,
                                      const ComplaintDraft& draft, const Words* fault) const {
  return PageAnswer(request, status,
                    ComplaintFormPage(draft, fault, LanguageFor(request), FactsFor(request)));
}

void Complaints::Refuse(const Filing& filing, int status, const Words& fault) const {
  filing.respond(FormAnswer(filing.request, status, filing.draft, &fault));
}

http::Response Complaints::Unavailable(const http::Request& request,
                                       const absl::Status& status) const {
  log::Error("complaint not shown", {{"status", status.ToString()}});
  http::Response response =
      PageAnswer(request, 503, UnavailablePage(LanguageFor(request), FactsFor(request)));
  response.headers.emplace_back("Retry-After", "30");
  return response;
}

http::Response Complaints::Begin(const http::Request& request) const {
  ComplaintDraft draft;
  SetAbout(request.path(), &draft);
  const std::string about = draft.about.empty() ? "" : StrCat("about=", draft.about, "&");
  return SeeOther(StrCat(kComplaintPath, "?", about, Keeping(request)));
}

http::Response Complaints::Form(const http::Request& request) const {
  if (const std::string typed = QueryValue(request.target, "ticket"); !typed.empty()) {
    const std::string ticket = Folded(typed);
    if (!ticket.empty()) return SeeOther(StrCat(kTicketPrefix, ticket, "?", Keeping(request)));
    return PageAnswer(request, 404, TicketUnknownPage(LanguageFor(request), FactsFor(request)));
  }
  ComplaintDraft draft;
  draft.id = RandomUuid();
  SetAbout(QueryValue(request.target, "about"), &draft);
  return FormAnswer(request, 200, draft, nullptr);
}

void Complaints::File(http::Request request, http::Respond respond) const {
  auto filing = std::make_shared<Filing>();
  filing->request = std::move(request);
  filing->respond = std::move(respond);
  filing->draft.id = RandomUuid();  // Of the next try, where this one cannot be read.
  filing->network = networks_.TagOf(NetworkOf(filing->request));
  if (!budget_.TakeTry(filing->network)) return Refuse(*filing, 429, words::kFaultTooMany);
  const absl::StatusOr<std::vector<FormPart>> parts =
      ParseForm(filing->request.Header("content-type"), filing->request.body);
  if (!parts.ok() || SentByAnotherSite(filing->request)) {
    return Refuse(*filing, 400, words::kFaultForm);
  }
  filing->draft = DraftIn(*parts);
  filing->complaint = RequestOf(filing->draft);
  if (!rpc::ValidUuid(filing->draft.id)) filing->draft.id = RandomUuid();
  if (const Words* fault = FaultIn(filing->draft, filing->complaint); fault != nullptr) {
    return Refuse(*filing, 400, *fault);
  }
  for (const FormPart& part : *parts) {
    // A browser sends a nameless part where no file was chosen.
    if (part.name != "photo" || part.data.empty()) continue;
    if (filing->photos.size() == kPhotosMax) return Refuse(*filing, 400, words::kFaultPhotos);
    if (part.data.size() > kPhotoFileMax) return Refuse(*filing, 400, words::kFaultPhotoLarge);
    filing->photos.emplace_back(part.data);
  }
  filing->request.body = std::string();
  FindBatch(filing);
}

void Complaints::FindBatch(const FilingPtr& filing) const {
  const std::string& code = filing->complaint.content().code();
  const std::string& batch = filing->draft.batch;
  if (code.empty() && batch.empty()) return RedrawPhotos(filing);
  options_.router->Call(
      code.empty() ? BatchCall(StrCat("batches/", batch), "") : LabelCall(code, ""),
      [this, filing, label = !code.empty()](const absl::StatusOr<std::string>& answer) {
        // A code that is not ours is worth a complaint too: about no batch.
        if (!answer.ok() && !absl::IsNotFound(answer.status())) {
          return Refuse(*filing, 503, words::kFaultBusy);
        }
        if (answer.ok()) filing->complaint.set_batch(BatchIn(label, *answer));
        RedrawPhotos(filing);
      });
}

void Complaints::RedrawPhotos(const FilingPtr& filing) const {
  if (filing->photos.empty()) return Send(filing);
  const bool queued = pool_->Run([this, filing] {
    for (std::string& photo : filing->photos) {
      absl::StatusOr<std::string> redrawn = document::RedrawPhoto(photo);
      if (!redrawn.ok()) return Refuse(*filing, 400, words::kFaultPhoto);
      filing->complaint.add_photos(*std::move(redrawn));
      photo = std::string();
    }
    Send(filing);
  });
  if (!queued) Refuse(*filing, 503, words::kFaultBusy);
}

void Complaints::Send(const FilingPtr& filing) const {
  if (!budget_.TakeComplaint(filing->network, filing->complaint.content().code())) {
    return Refuse(*filing, 429, words::kFaultTooMany);
  }
  options_.router->Call(
      RelayedCall("/suyuan.v1.ComplaintService/FileComplaint", filing->complaint),
      [this, filing](const absl::StatusOr<std::string>& answer) { Answer(*filing, answer); });
}

void Complaints::Answer(const Filing& filing, const absl::StatusOr<std::string>& answer) const {
  v1::FileComplaintResponse filed;
  if (answer.ok() && filed.ParseFromString(*answer)) {
    return filing.respond(
        SeeOther(StrCat(kTicketPrefix, filed.ticket(), "?", Keeping(filing.request))));
  }
  const v1::Reason reason = domain::ReasonOf(answer.status());
  if (reason == v1::REASON_REQUEST_ID_REUSED || reason == v1::REASON_ALREADY_EXISTS ||
      reason == v1::REASON_ERASED) {
    ComplaintDraft another = filing.draft;
    another.id = RandomUuid();
    return filing.respond(FormAnswer(filing.request, 409, another, &words::kFaultTwice));
  }
  log::Error("complaint not filed", {{"status", answer.status().ToString()}});
  Refuse(filing, 503, words::kFaultBusy);
}

void Complaints::Follow(http::Request request, http::Respond respond) const {
  const std::string ticket = Folded(request.path().substr(kTicketPrefix.size()));
  const auto unknown = [this](const http::Request& asked) {
    return PageAnswer(asked, 404, TicketUnknownPage(LanguageFor(asked), FactsFor(asked)));
  };
  if (ticket.empty()) return respond(unknown(request));
  v1::FollowComplaintRequest follow;
  follow.set_ticket(ticket);
  options_.router->Call(PublicCall("/suyuan.v1.ComplaintService/FollowComplaint", follow),
                        [this, request = std::move(request), respond = std::move(respond), ticket,
                         unknown](const absl::StatusOr<std::string>& answer) {
                          if (absl::IsNotFound(answer.status())) return respond(unknown(request));
                          v1::FollowComplaintResponse response;
                          if (!answer.ok() || !response.ParseFromString(*answer)) {
                            return respond(Unavailable(request, answer.status()));
                          }
                          if (ProofFormOf(request) == ProofForm::kFile) {
                            return Prove(request, response.complaint().sequence(), respond);
                          }
                          respond(PageAnswer(request, 200,
                                             TicketPage(ticket, response.complaint(),
                                                        LanguageFor(request), FactsFor(request))));
                        });
}

void Complaints::Prove(const http::Request& request, int64_t sequence,
                       const http::Respond& respond) const {
  v1::GetRecordProofRequest prove;
  prove.set_sequence(sequence);
  options_.router->Call(PublicCall("/suyuan.v1.AuditService/GetRecordProof", prove),
                        [this, request, respond](const absl::StatusOr<std::string>& answer) {
                          v1::GetRecordProofResponse proof;
                          if (!answer.ok() || !proof.ParseFromString(*answer)) {
                            return respond(Unavailable(request, answer.status()));
                          }
                          respond(ProofFile(proof.sequence(), proof.tlog_proof()));
                        });
}

}  // namespace suyuan::portal
