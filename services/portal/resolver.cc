#include "services/portal/resolver.h"

#include <utility>

#include "services/domain/error.h"
#include "services/portal/answers.h"
#include "services/portal/assets.h"
#include "services/portal/calls.h"
#include "services/portal/connect.h"
#include "services/portal/linkset.h"
#include "services/portal/negotiation.h"
#include "services/portal/places.h"
#include "services/portal/scan_page.h"
#include "services/rpc/encoding.h"
#include "storage/base/hash.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr char kLinksetJson[] = "application/linkset+json";
constexpr char kJson[] = "application/json";
constexpr size_t kFormMax = 200;  // Bytes.
constexpr size_t kPinSize = 8;

absl::Status Unreadable() { return absl::DataLossError("the label's answer cannot be read"); }
absl::Status Unknown() { return domain::Error(v1::REASON_NOT_FOUND, {{"resource", "label"}}); }

// The form this request wants of what its address names.
Form WishedForm(const http::Request& request, LinkWish wish) {
  return wish == LinkWish::kLinkset ? Form::kLinkset : FormOf(request.Header("accept"));
}

rpc::Incoming ScanOf(const Address& address, int network, std::string place) {
  v1::ScanLabelRequest scan;
  scan.set_code(address.code);
  scan.set_gtin(address.gtin);
  scan.set_network(network);
  scan.set_place(std::move(place));
  return RelayedCall("/suyuan.v1.LabelService/ScanLabel", scan);
}

rpc::Incoming CallFor(const Address& address) {
  return address.names == Address::Names::kLabel
             ? LabelCall(address.code, address.gtin)
             : BatchCall(StrCat("batches/", address.batch), address.gtin);
}

// A label's address may say its batch as well; another batch's is as good as none.
absl::Status CheckBatch(const std::string& batch, const v1::ResolveLabelResponse& label) {
  const bool same = batch.empty() || label.batch() == StrCat("batches/", batch);
  return same ? absl::OkStatus() : Unknown();
}

// What the module answered, a batch's code as a label without a number.
absl::StatusOr<v1::ResolveLabelResponse> LabelIn(const Address& address,
                                                 const absl::StatusOr<std::string>& answer) {
  if (!answer.ok()) return answer.status();
  v1::ResolveLabelResponse label;
  bool read = false;
  if (address.names == Address::Names::kLabel) {
    read = label.ParseFromString(*answer);
  } else {
    v1::ResolveBatchResponse batch;
    read = batch.ParseFromString(*answer);
    label.set_batch(batch.journey().batch().name());
    *label.mutable_journey() = std::move(*batch.mutable_journey());
  }
  if (!read) return Unreadable();
  RETURN_IF_ERROR(CheckBatch(address.batch, label));
  return label;
}

// Above a label stands its batch, above that the product.
std::vector<Anchor> AnchorsOf(const Address& address, const std::string& path,
                              const v1::ResolveLabelResponse& label) {
  std::vector<Anchor> anchors = {{path}};
  const std::string batch = label.batch().substr(label.batch().find('/') + 1);
  if (address.names == Address::Names::kLabel) {
    anchors.push_back({address.gtin.empty() ? StrCat("/b/", batch)
                                            : StrCat("/01/", address.gtin, "/10/", batch)});
  }
  if (!address.gtin.empty()) anchors.push_back({StrCat("/01/", address.gtin), true});
  return anchors;
}

// What stands below a product and is not known: its page says so.
constexpr char kBelowUnknown[] = "unknown";

LinkWish WishOf(const http::Request& request, bool product = false) {
  return LinkWishOf(QueryValue(request.target, "linkType"), product);
}

}  // namespace

void Resolver::Handle(http::Request request, http::Respond respond) const {
  const absl::StatusOr<Address> address = ParseAddress(request.target);
  if (!address.ok()) return respond(Refuse(request, address.status()));
  if (!address->canonical.empty()) {
    return respond(MovedAnswer(address->canonical + address->query));
  }
  using Names = Address::Names;
  const LinkWish wish = WishOf(request, address->names == Names::kProduct);
  if (address->names == Names::kOther || wish == LinkWish::kUnknown ||
      ProofFormOf(request) == ProofForm::kUnknown) {
    return respond(Refuse(request, Unknown()));
  }
  if (address->names == Names::kProduct) return ShowProduct(std::move(request), *address, respond);
  if (address->names == Names::kBelowProduct) return WalkUp(std::move(request), *address, respond);
  const bool scan = address->names == Names::kLabel && wish != LinkWish::kLinkset &&
                    ProofFormOf(request) == ProofForm::kNone && CountsAsScan(request);
  if (scan) return Scan(std::move(request), *address, respond);
  options_.router->Call(CallFor(*address),
                        [this, request = std::move(request), address = *address,
                         respond = std::move(respond)](absl::StatusOr<std::string> answer) {
                          auto label = LabelIn(address, answer);
                          if (absl::IsNotFound(label.status()) && address.names == Names::kBatch) {
                            return WalkUp(request, address, respond);
                          }
                          if (!label.ok()) return respond(Refuse(request, label.status()));
                          const ProofForm form = ProofFormOf(request);
                          if (form == ProofForm::kNone)
                            return respond(Show(request, address, *std::move(label)));
                          Prove(request, form, *label, respond);
                        });
}

void Resolver::ShowProduct(http::Request request, const Address& address,
                           const http::Respond& respond) const {
  if (ProofFormOf(request) != ProofForm::kNone) return respond(Refuse(request, Unknown()));
  options_.router->Call(ProductCall(address.gtin), [this, request = std::move(request), respond](
                                                       const absl::StatusOr<std::string>& answer) {
    if (!answer.ok()) return respond(Refuse(request, answer.status()));
    v1::ResolveProductResponse product;
    if (!product.ParseFromString(*answer)) return respond(Refuse(request, Unreadable()));
    const Form form = WishedForm(request, WishOf(request));
    if (form == Form::kLinkset) {
      const std::vector<Anchor> anchors = {{std::string(request.path()), true}};
      return respond(
          Linked(request, JsonAnswer(kLinksetJson, Linkset(options_.public_url, anchors))));
    }
    if (form == Form::kJson) {
      const absl::StatusOr<std::string> json = rpc::EncodeMessage(product, true);
      return respond(json.ok() ? Linked(request, JsonAnswer(kJson, *json))
                               : Refuse(request, json.status()));
    }
    PageFacts facts = FactsFor(request);
    const bool unknown = !QueryValue(request.target, kBelowUnknown).empty();
    if (unknown) facts.query = StrCat(kBelowUnknown, "=1&");
    respond(Linked(
        request,
        PageAnswer(request, 200, ProductPage(product, unknown, LanguageFor(request), facts))));
  });
}

void Resolver::WalkUp(http::Request request, const Address& address,
                      const http::Respond& respond) const {
  // A program that follows redirects would take an unknown batch for one that is found.
  const LinkWish wish = WishOf(request, true);
  if (address.gtin.empty() || ProofFormOf(request) != ProofForm::kNone ||
      wish == LinkWish::kUnknown || WishedForm(request, wish) == Form::kJson) {
    return respond(Refuse(request, Unknown()));
  }
  std::string above = StrCat(
      "/01/", address.gtin, address.query.empty() ? "?" : address.query + "&", kBelowUnknown, "=1");
  options_.router->Call(ProductCall(address.gtin), [this, request = std::move(request), respond,
                                                    above = std::move(above)](
                                                       const absl::StatusOr<std::string>& answer) {
    respond(answer.ok() ? AboveAnswer(above) : Refuse(request, answer.status()));
  });
}

void Resolver::Scan(http::Request request, const Address& address,
                    const http::Respond& respond) const {
  rpc::Incoming call =
      ScanOf(address, networks_.TagOf(NetworkOf(request)),
             options_.places == nullptr ? "" : options_.places->PlaceOf(ClientAddress(request)));
  // Shared, as what answers a call is copied on its way.
  const auto asked = std::make_shared<const http::Request>(std::move(request));
  options_.router->Call(std::move(call), [this, asked, batch = address.batch,
                                          respond](absl::StatusOr<std::string> answer) {
    if (!answer.ok()) return respond(Refuse(*asked, answer.status()));
    v1::ScanLabelResponse scan;
    if (!scan.ParseFromString(*answer)) return respond(Refuse(*asked, Unreadable()));
    const absl::Status same = CheckBatch(batch, scan.label());
    if (!same.ok()) return respond(Refuse(*asked, same));
    v1::ResolveLabelResponse& label = *scan.mutable_label();
    const Journeys::Answer known = journeys_.Find(label.batch(), scan.journey_version());
    if (known != nullptr) return respond(Scanned(*asked, std::move(label), *known));
    // One that is newer still is as good.
    rpc::Incoming call = BatchCall(label.batch(), "");
    options_.router->Call(std::move(call), [this, asked, respond, label = std::move(label)](
                                               absl::StatusOr<std::string> answer) {
      if (!answer.ok()) return respond(Refuse(*asked, answer.status()));
      const auto batch = std::make_shared<v1::ResolveBatchResponse>();
      if (!batch->ParseFromString(*answer)) return respond(Refuse(*asked, Unreadable()));
      journeys_.Keep(label.batch(), batch);
      respond(Scanned(*asked, label, *batch));
    });
  });
}

http::Response Resolver::Scanned(const http::Request& request, v1::ResolveLabelResponse label,
                                 const v1::ResolveBatchResponse& batch) const {
  return Linked(request, Page(request, std::move(label), batch.journey(), batch.journey_version()));
}

void Resolver::CheckPin(http::Request request, http::Respond respond) const {
  const std::string_view type = request.Header("content-type");
  if (!type.starts_with("application/x-www-form-urlencoded")) return respond({415, {}, ""});
  if (request.body.size() > kFormMax) return respond({413, {}, ""});
  const absl::StatusOr<Address> address = ParseAddress(request.target);
  if (!address.ok()) return respond(Refuse(request, address.status()));
  if (address->names != Address::Names::kLabel) return respond(Refuse(request, Unknown()));
  std::string pin;
  for (const char c : QueryValue(StrCat("/?", request.body), "pin")) {
    if (c != ' ' && c != '-') pin.push_back(c);
  }
  if (pin.size() != kPinSize || pin.find_first_not_of("0123456789") != std::string::npos) {
    v1::CheckLabelPinResponse malformed;
    malformed.set_outcome(v1::PIN_OUTCOME_MALFORMED);
    return ShowPin(request, *address, malformed, respond);
  }
  v1::CheckLabelPinRequest check;
  check.set_code(address->code);
  check.set_gtin(address->gtin);
  check.set_pin(pin);
  check.set_network(networks_.TagOf(NetworkOf(request)));
  rpc::Incoming call = RelayedCall("/suyuan.v1.LabelService/CheckLabelPin", check);
  options_.router->Call(std::move(call), [this, request = std::move(request), address = *address,
                                          respond](absl::StatusOr<std::string> answer) {
    if (!answer.ok()) return respond(Refuse(request, answer.status()));
    v1::CheckLabelPinResponse outcome;
    if (!outcome.ParseFromString(*answer)) {
      return respond(Refuse(request, absl::DataLossError("the PIN's answer cannot be read")));
    }
    ShowPin(request, address, outcome, respond);
  });
}

void Resolver::ShowPin(const http::Request& request, const Address& address,
                       const v1::CheckLabelPinResponse& pin, const http::Respond& respond) const {
  options_.router->Call(
      CallFor(address), [this, request, address, pin, respond](absl::StatusOr<std::string> answer) {
        const auto label = LabelIn(address, answer);
        if (!label.ok()) return respond(Refuse(request, label.status()));
        PageFacts facts = FactsFor(request);
        facts.pin = pin;
        respond(PageAnswer(request, 200, ScanPage(*label, LanguageFor(request), facts)));
      });
}

void Resolver::Prove(const http::Request& request, ProofForm form,
                     const v1::ResolveLabelResponse& label, const http::Respond& respond) const {
  v1::GetBatchProofRequest prove;
  prove.set_batch(label.batch());
  prove.set_sequence(label.journey().sequence());
  rpc::Incoming incoming = PublicCall("/suyuan.v1.AuditService/GetBatchProof", prove);
  options_.router->Call(std::move(incoming), [this, request, form, label,
                                              respond](absl::StatusOr<std::string> answer) {
    if (!answer.ok()) return respond(Refuse(request, answer.status()));
    v1::GetBatchProofResponse proof;
    if (!proof.ParseFromString(*answer)) {
      return respond(Refuse(request, absl::DataLossError("the proof cannot be read")));
    }
    absl::StatusOr<http::Response> response =
        ProofAnswer(request, form, label, proof, FactsFor(request));
    if (!response.ok()) return respond(Refuse(request, response.status()));
    respond(WithCors(*std::move(response)));
  });
}

PageFacts Resolver::FactsFor(const http::Request& request) const {
  PageFacts facts = portal::FactsFor(options_, request);
  facts.log_key = options_.log_key;
  facts.script = VerifyScriptPath();
  facts.fallback_script = FallbackScriptPath();
  return facts;
}

http::Response Resolver::Find(const http::Request& request) const {
  std::string path = "/t/";
  for (const char c : QueryValue(request.target, "code")) {
    if (c != ' ' && c != '-') path.push_back(c);
  }
  const absl::StatusOr<Address> address = ParseAddress(path);
  if (!address.ok()) return Refuse(request, Unknown());
  http::Response response =
      MovedAnswer(StrCat("/t/", address->code,
                         LanguageFor(request) == text::Language::kEnglish ? "?lang=en" : "?lang=zh",
                         LargeFor(request) ? "&big=1" : ""));
  response.status = 303;
  return response;
}

http::Response Resolver::Welcome(const http::Request& request) const {
  return PageAnswer(request, 200, WelcomePage(LanguageFor(request), FactsFor(request)));
}

http::Response Resolver::Show(const http::Request& request, const Address& address,
                              v1::ResolveLabelResponse label) const {
  const std::string path(request.path());
  const Form form = WishedForm(request, WishOf(request));
  http::Response response;
  if (form == Form::kLinkset) {
    response =
        JsonAnswer(kLinksetJson, Linkset(options_.public_url, AnchorsOf(address, path, label)));
  } else if (form == Form::kJson) {
    const absl::StatusOr<std::string> json = rpc::EncodeMessage(label, true);
    if (!json.ok()) return Refuse(request, json.status());
    response = JsonAnswer(kJson, *json);
  } else {
    const v1::Journey journey = std::move(*label.mutable_journey());
    label.clear_journey();
    response = Page(request, std::move(label), journey, journey.SerializeAsString());
  }
  return Linked(request, std::move(response));
}

http::Response Resolver::Linked(const http::Request& request, http::Response response) const {
  response.headers.emplace_back("Link", LinkHeader(StrCat(options_.public_url, request.path())));
  return WithCors(std::move(response));
}

http::Response Resolver::Page(const http::Request& request, v1::ResolveLabelResponse label,
                              const v1::Journey& journey, std::string_view version) const {
  const text::Language language = LanguageFor(request);
  PageFacts facts = FactsFor(request);
  // A page says the time to the minute: all of one minute share it, and all labels of a batch.
  facts.now = absl::FromUnixSeconds(absl::ToUnixSeconds(facts.now) / 60 * 60);
  const int number = label.number();
  label.clear_number();
  const std::string key = StrCat(absl::ToUnixSeconds(facts.now), facts.large ? "L" : "",
                                 language == text::Language::kChinese ? "zh|" : "en|",
                                 label.SerializeAsString(), "|", version);
  const std::shared_ptr<const http::GzipPrefix> body = pages_.Get(key, [&] {
    *label.mutable_journey() = journey;
    return ScanPageBody(label, language, facts);
  });
  return PageAnswer(request, 200, *body, ScanPageEnd(number, language, facts));
}

http::Response Resolver::Refuse(const http::Request& request, const absl::Status& status) const {
  const text::Language language = LanguageFor(request);
  const PageFacts facts = FactsFor(request);
  const bool malformed = absl::IsInvalidArgument(status);
  if (!malformed && !absl::IsNotFound(status)) {
    log::Error("scan failed", {{"status", status.ToString()}});
    http::Response response = PageAnswer(request, 503, UnavailablePage(language, facts));
    response.headers.emplace_back("Retry-After", "30");
    return WithCors(std::move(response));
  }
  if (FormOf(request.Header("accept")) != Form::kPage) {
    return WithCors(ErrorResponse(
        malformed ? domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "path"}}) : Unknown()));
  }
  return WithCors(PageAnswer(request, malformed ? 400 : 404, NotFoundPage(language, facts)));
}

}  // namespace suyuan::portal
