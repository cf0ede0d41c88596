// Labels from the run that is issued to the page a stranger sees; in both topologies.
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "services/label/code.h"
#include "services/ledger/genesis.h"
#include "services/rpc/paging.h"
#include "services/rpc/waiting.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

using testing::HasSubstr;

constexpr char kGtin[] = "09520123456788";

class LabelTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<v1::IssueLabelsResponse> Issue(Actor& actor, const std::string& batch, int count) {
    v1::IssueLabelsRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_run()->set_batch(batch);
    request.mutable_run()->set_count(count);
    return actor.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", request);
  }
  absl::StatusOr<v1::VoidLabelsResponse> Void(Actor& actor, const std::string& run, int first,
                                              int last) {
    v1::VoidLabelsRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_label_void()->set_run(run);
    request.mutable_label_void()->set_first(first);
    request.mutable_label_void()->set_last(last);
    request.mutable_label_void()->set_cause(claim::v1::VOID_CAUSE_SPOILED);
    return actor.Call<v1::VoidLabelsResponse>("LabelService/VoidLabels", request);
  }
  absl::StatusOr<v1::ListLabelCodesResponse> Codes(Actor& actor, const std::string& run,
                                                   int page_size = 0,
                                                   const std::string& token = "") {
    v1::ListLabelCodesRequest request;
    request.set_run(run);
    request.set_page_size(page_size);
    request.set_page_token(token);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", request);
  }
  absl::StatusOr<v1::ListLabelRunsResponse> Runs(Actor& actor, const std::string& batch) {
    v1::ListLabelRunsRequest request;
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::ListLabelRunsResponse>("LabelService/ListLabelRuns", request);
  }
  absl::StatusOr<v1::DrawLabelResponse> Draw(Actor& actor, const std::string& run, int number,
                                             v1::LabelImage image) {
    v1::DrawLabelRequest request;
    request.set_run(run);
    request.set_number(number);
    request.set_image(image);
    request.set_min_sequence(system_.LastSequence());
    return actor.Call<v1::DrawLabelResponse>("LabelService/DrawLabel", request);
  }
  absl::StatusOr<v1::ResolveLabelResponse> Scan(const std::string& code,
                                                const std::string& gtin = "") {
    v1::ResolveLabelRequest request;
    request.set_code(code);
    request.set_gtin(gtin);
    request.set_min_sequence(system_.LastSequence());
    return system_.stranger().Call<v1::ResolveLabelResponse>("LabelService/ResolveLabel", request);
  }
  std::string BatchOf(Actor& actor, const std::string& gtin = "", int64_t kilograms = 100) {
    return system_.Harvest(actor, system_.AddProduct(actor, gtin), system_.AddPlot(actor),
                           system_.AddSite(actor, claim::v1::SITE_KIND_FARM), kilograms);
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& other_ = system_.AddParty("黑井果业合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
};

TEST_P(LabelTest, EveryCodeOfARunLeadsToItsBatch) {
  const std::string batch = BatchOf(cooperative_, kGtin);
  const std::string run = Issue(cooperative_, batch, 12)->run();
  const v1::ListLabelCodesResponse codes = *Codes(cooperative_, run);
  ASSERT_EQ(codes.codes_size(), 12);
  std::set<std::string> seen;
  for (int i = 0; i < 12; ++i) {
    const v1::LabelCode& code = codes.codes(i);
    EXPECT_EQ(code.number(), i + 1);
    EXPECT_TRUE(seen.insert(code.code()).second);
    EXPECT_EQ(code.url(), StrCat("http://trace.example.cn/01/", kGtin, "/21/", code.code()));
    const auto scanned = Scan(code.code(), "9520123456788");  // As 13 digits.
    ASSERT_OK(scanned);
    EXPECT_EQ(scanned->batch(), batch);
    EXPECT_EQ(scanned->number(), i + 1);
    EXPECT_FALSE(scanned->voided());
    EXPECT_EQ(scanned->journey().product().name(), "香葱");
  }
}

TEST_P(LabelTest, AProductWithoutAGtinHasAShortAddress) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_), 1)->run();
  const v1::LabelCode code = Codes(cooperative_, run)->codes(0);
  EXPECT_EQ(code.url(), StrCat("http://trace.example.cn/t/", code.code()));
  EXPECT_OK(Scan(code.code()));
}

// Whoever guesses learns nothing: not even that he was close.
TEST_P(LabelTest, AnswersUnknownGuessedAndAnotherProductsCodeAlike) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_, kGtin), 1)->run();
  const std::string code = Codes(cooperative_, run)->codes(0).code();
  std::string guessed = code;
  guessed.back() = guessed.back() == '0' ? '1' : '0';
  const absl::Status answers[] = {Scan(guessed).status(), Scan("00000000000000000000").status(),
                                  Scan(code, "09521234543213").status()};
  for (const absl::Status& answer : answers) {
    EXPECT_THAT(answer, Fails(v1::REASON_NOT_FOUND));
    EXPECT_EQ(domain::DetailsOf(answer), (domain::Details{{"resource", "label"}}));
  }
}

TEST_P(LabelTest, ShowsRunsCodesAndImagesToTheIssuerAlone) {
  const std::string batch = BatchOf(cooperative_);
  const std::string run = Issue(cooperative_, batch, 2)->run();
  EXPECT_THAT(Codes(other_, run), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Runs(other_, batch), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Draw(other_, run, 1, v1::LABEL_IMAGE_SVG), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Void(other_, run, 1, 1), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Issue(other_, batch, 1), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Codes(system_.operator_actor(), run), Fails(v1::REASON_NOT_ALLOWED));
  ASSERT_OK(Runs(cooperative_, batch));
  EXPECT_EQ(Runs(cooperative_, batch)->runs_size(), 1);
}

TEST_P(LabelTest, PagesThroughARunWithoutGapOrRepetition) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_), 10)->run();
  std::vector<int> numbers;
  std::string token;
  do {
    const v1::ListLabelCodesResponse page = *Codes(cooperative_, run, 4, token);
    for (const v1::LabelCode& code : page.codes()) numbers.push_back(code.number());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  const std::string another = Issue(cooperative_, BatchOf(cooperative_), 10)->run();
  const std::string foreign = Codes(cooperative_, run, 4)->next_page_token();
  EXPECT_THAT(Codes(cooperative_, another, 4, foreign), Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

// The seal of a token is no secret: what it holds is checked. A code outside the run would pass
// its own check without ever having been issued.
TEST_P(LabelTest, RefusesATokenThatPointsOutsideTheRun) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_), 10)->run();
  rpc::Call call;
  call.method = "/suyuan.v1.LabelService/ListLabelCodes";
  const rpc::Page page = *rpc::PageOf(call, 4, "", run + "|");
  for (const uint32_t last : {10u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu}) {
    std::string key = page.prefix;
    PutU32(key, last);
    EXPECT_THAT(Codes(cooperative_, run, 4, rpc::TokenAfter(page, key)),
                Fails(v1::REASON_PAGE_TOKEN_INVALID))
        << last;
  }
  EXPECT_THAT(Codes(cooperative_, run, 4, rpc::TokenAfter(page, page.prefix + "x")),
              Fails(v1::REASON_PAGE_TOKEN_INVALID));
}

TEST_P(LabelTest, AVoidedLabelSaysSoAndIsDrawnNoMore) {
  const std::string batch = BatchOf(cooperative_);
  const std::string run = Issue(cooperative_, batch, 5)->run();
  EXPECT_EQ(Void(cooperative_, run, 2, 3)->voided(), 2);
  const v1::ListLabelCodesResponse codes = *Codes(cooperative_, run);
  for (const v1::LabelCode& code : codes.codes()) {
    const bool voided = code.number() == 2 || code.number() == 3;
    EXPECT_EQ(code.voided(), voided);
    EXPECT_EQ(Scan(code.code())->voided(), voided);
  }
  EXPECT_THAT(Draw(cooperative_, run, 2, v1::LABEL_IMAGE_PNG), Fails(v1::REASON_LABEL_RANGE));
  EXPECT_THAT(Draw(cooperative_, run, 6, v1::LABEL_IMAGE_PNG), Fails(v1::REASON_LABEL_RANGE));
  const v1::LabelRunSummary summary = Runs(cooperative_, batch)->runs(0);
  EXPECT_EQ(summary.name(), run);
  EXPECT_EQ(summary.count(), 5);
  EXPECT_EQ(summary.voided(), 2);
}

TEST_P(LabelTest, DrawsTheAddressInBothForms) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_, kGtin), 1)->run();
  const auto svg = Draw(cooperative_, run, 1, v1::LABEL_IMAGE_SVG);
  ASSERT_OK(svg);
  EXPECT_EQ(svg->media_type(), "image/svg+xml");
  EXPECT_THAT(svg->image(), testing::StartsWith("<svg "));
  const auto png = Draw(cooperative_, run, 1, v1::LABEL_IMAGE_PNG);
  ASSERT_OK(png);
  EXPECT_EQ(png->media_type(), "image/png");
  EXPECT_EQ(png->image().substr(1, 3), "PNG");
  EXPECT_EQ(png->url(), Codes(cooperative_, run)->codes(0).url());
}

// A copy of the log must not be a sheet of labels; and codes are the same for ever.
TEST_P(LabelTest, TheLogHoldsNoCodeAndCodesOutliveARestart) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_), 3)->run();
  const v1::ListLabelCodesResponse before = *Codes(cooperative_, run);
  const auto records = system_.operator_actor().Stream<v1::ExportRecordsResponse>(
      "AuditService/ExportRecords", v1::ExportRecordsRequest());
  ASSERT_OK(records);
  for (const v1::ExportRecordsResponse& record : *records) {
    for (const v1::LabelCode& code : before.codes()) {
      EXPECT_EQ(StrCat(record.leaf(), record.items()).find(code.code().substr(0, 13)),
                std::string::npos);
    }
  }
  system_.Restart();
  EXPECT_EQ(Codes(cooperative_, run)->SerializeAsString(), before.SerializeAsString());
}

TEST_P(LabelTest, TheAddressOnTheLabelShowsAPage) {
  const std::string batch = BatchOf(cooperative_, kGtin);
  const std::string run = Issue(cooperative_, batch, 1)->run();
  const v1::LabelCode code = Codes(cooperative_, run)->codes(0);
  ASSERT_OK(Scan(code.code()));  // Both views have it.
  const std::string path = code.url().substr(std::string("http://trace.example.cn").size());
  const int port = system_.portal().http_port();
  const HttpAnswer page = Fetch(port, "GET", path);
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-language"), "zh-CN");
  const std::string policy = page.headers.at("content-security-policy");
  for (const char* rule :
       {"default-src 'none'", "style-src 'sha256-", "script-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"}) {
    EXPECT_THAT(policy, HasSubstr(rule));
  }
  EXPECT_EQ(page.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.headers.at("cross-origin-opener-policy"), "same-origin");
  EXPECT_EQ(page.headers.at("permissions-policy"), "camera=(), geolocation=(), microphone=()");
  EXPECT_EQ(page.headers.at("cache-control"), "private, no-store");
  EXPECT_EQ(page.headers.count("set-cookie"), 0u);
  EXPECT_EQ(Fetch(port, "GET", "/metrics").status, 404);  // Not at the public's door.
  for (const char* said : {"香葱", "已登记", "金山镇 · 大村", "碧城蔬菜合作社", "500 克"}) {
    EXPECT_THAT(page.body, HasSubstr(said));
  }
  const HttpAnswer english = Fetch(port, "GET", path + "?lang=en&big=1");
  EXPECT_THAT(english.body, HasSubstr("Recorded, not yet shipped"));
  EXPECT_THAT(english.body, HasSubstr("class=big"));
  EXPECT_EQ(Fetch(port, "GET", "/01/09521234543213/21/" + code.code()).status, 404);
}

TEST_P(LabelTest, ALargeRunIsPrintedInPiecesThatSayHowFarTheyAre) {
  v1::PrintLabelsRequest request;
  request.set_run(Issue(cooperative_, BatchOf(cooperative_, "", 600), 1200)->run());
  request.set_layout("a4-3x8");
  request.set_print(v1::LABEL_PRINT_PDF);
  request.set_min_sequence(system_.LastSequence());
  const auto pieces =
      cooperative_.Stream<v1::PrintLabelsResponse>("LabelService/PrintLabels", request);
  ASSERT_OK(pieces);
  std::string pdf;
  int done = 0;
  for (const v1::PrintLabelsResponse& piece : *pieces) {
    EXPECT_EQ(piece.total(), 1200);
    EXPECT_GT(piece.done(), done);
    EXPECT_LE(piece.done() - done, 500);
    done = piece.done();
    pdf += piece.data();
  }
  EXPECT_EQ(done, 1200);
  EXPECT_GE(pieces->size(), 3u);
  EXPECT_THAT(pdf, testing::StartsWith("%PDF-"));
  EXPECT_THAT(pdf, HasSubstr("/Count 50"));  // Sheets of 24.
  EXPECT_THAT(pdf, testing::EndsWith("%%EOF\n"));
}

// D20: a key that is revoked, or a party that is suspended, while a stream runs ends it.
TEST_P(LabelTest, D20_AStreamEndsWithItsReadersRights) {
  v1::PrintLabelsRequest request;
  request.set_run(Issue(cooperative_, BatchOf(cooperative_, "", 600), 1200)->run());
  request.set_layout("40x30");
  request.set_print(v1::LABEL_PRINT_ZPL);
  request.set_min_sequence(system_.LastSequence());
  const std::string method = "/suyuan.v1.LabelService/PrintLabels";
  const auto open = [&](const rpc::SigningKey& key) {
    rpc::Incoming incoming;
    incoming.method = method;
    incoming.body = request.SerializeAsString();
    const rpc::CallSignature headers = rpc::SignCall(key, system_.portal().origin(), method, false,
                                                     system_.clock().Now(), incoming.body);
    incoming.key_id = headers.key_id;
    incoming.time = headers.time;
    incoming.signature = headers.signature;
    const auto source = rpc::WaitFor<absl::StatusOr<rpc::Source>>(
        [&](auto opened) { system_.portal().router().Open(incoming, opened); });
    EXPECT_OK(source);
    return *source;
  };
  const auto next = [](const rpc::Source& source) {
    return rpc::WaitFor<absl::StatusOr<std::optional<std::string>>>(source);
  };
  // What is on its way between processes is too late to be held back. OK: it ran to its end.
  const auto end = [&](const rpc::Source& source) {
    system_.clock().Advance(absl::Seconds(1));
    while (true) {
      const auto message = next(source);
      if (!message.ok() || !message->has_value()) return message.status();
    }
  };
  Actor& worker = system_.AddMember(cooperative_, claim::v1::MEMBER_ROLE_WORKER);
  const rpc::Source of_worker = open(*worker.options().key);
  const rpc::Source of_manager = open(*cooperative_.options().key);
  EXPECT_OK(next(of_worker));
  EXPECT_OK(next(of_manager));
  v1::RevokeKeyRequest revoke;
  revoke.set_request_id(RandomUuid());
  revoke.mutable_revocation()->set_key("keys/" + HexOf(worker.options().key->KeyId()));
  revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LOST);
  ASSERT_OK(cooperative_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke));
  EXPECT_THAT(end(of_worker), Fails(v1::REASON_KEY_REVOKED));
  EXPECT_OK(next(of_manager));
  system_.Suspend(cooperative_.party(), true);
  EXPECT_THAT(end(of_manager), Fails(v1::REASON_PARTY_SUSPENDED));
}

TEST_P(LabelTest, PrintsARunInEveryLanguageOfPrinters) {
  const std::string run = Issue(cooperative_, BatchOf(cooperative_, kGtin), 30)->run();
  ASSERT_OK(Void(cooperative_, run, 2, 3));
  v1::PrintLabelsRequest request;
  request.set_run(run);
  request.set_layout("a4-3x8");
  request.set_print(v1::LABEL_PRINT_PDF);
  request.set_min_sequence(system_.LastSequence());
  const auto print = [&](Actor& actor) {
    return actor.Stream<v1::PrintLabelsResponse>("LabelService/PrintLabels", request);
  };
  const auto pdf = print(cooperative_);
  ASSERT_OK(pdf);
  ASSERT_EQ(pdf->size(), 1u);
  EXPECT_THAT(pdf->at(0).data(), testing::StartsWith("%PDF-"));
  EXPECT_THAT(pdf->at(0).data(), HasSubstr("/Count 2"));
  EXPECT_EQ(pdf->at(0).done(), 28);  // Void labels are not printed.
  EXPECT_EQ(pdf->at(0).total(), 30);
  EXPECT_THAT(print(other_), Fails(v1::REASON_NOT_FOUND));
  request.set_layout("40x30");
  request.set_first(1);
  request.set_last(4);
  for (const auto& [language, begins] : {std::pair{v1::LABEL_PRINT_PNG, "\x89PNG"},
                                         {v1::LABEL_PRINT_ZPL, "^XA"},
                                         {v1::LABEL_PRINT_TSPL, "SIZE 40 mm,30 mm"}}) {
    request.set_print(language);
    const auto labels = print(cooperative_);
    ASSERT_OK(labels);
    ASSERT_EQ(labels->size(), 2u);
    EXPECT_EQ(labels->at(1).number(), 4);
    EXPECT_THAT(labels->at(1).data(), testing::StartsWith(begins));
  }
  request.set_layout("a4-3x7");
  EXPECT_THAT(print(cooperative_), Fails(v1::REASON_LABEL_LAYOUT));  // A sheet as a picture.
  request.set_layout("a5");
  EXPECT_THAT(print(cooperative_), Fails(v1::REASON_FIELD_MALFORMED));
  request.set_layout("a4-3x8");
  request.set_print(v1::LABEL_PRINT_PDF);
  request.set_first_cell(25);
  EXPECT_THAT(print(cooperative_), Fails(v1::REASON_LABEL_LAYOUT));
  request.set_first_cell(24);
  EXPECT_OK(print(cooperative_));
  request.set_last(31);
  EXPECT_THAT(print(cooperative_), Fails(v1::REASON_LABEL_RANGE));
  request.set_first(5);
  request.set_last(4);
  EXPECT_THAT(print(cooperative_), Fails(v1::REASON_LABEL_RANGE));
}

// One canonical address, and everything a GS1 resolver must answer for it.
TEST_P(LabelTest, ResolvesItsAddressInEveryForm) {
  const std::string batch = BatchOf(cooperative_, kGtin);
  const std::string run = Issue(cooperative_, batch, 1)->run();
  const std::string code = Codes(cooperative_, run)->codes(0).code();
  ASSERT_OK(Scan(code));
  const int port = system_.portal().http_port();
  const std::string path = StrCat("/01/", kGtin, "/21/", code);
  const std::string lower = absl::AsciiStrToLower(code);
  for (const std::string& other :
       {StrCat("/01/9520123456788/21/", code), path + "/", StrCat("/gtin/", kGtin, "/ser/", code),
        StrCat("/01/", kGtin, "/21/", lower)}) {
    const HttpAnswer moved = Fetch(port, "GET", other + "?lang=en&17=261231");
    EXPECT_EQ(moved.status, 301) << other;
    EXPECT_EQ(moved.headers.at("location"), path + "?17=261231&lang=en");
  }
  EXPECT_EQ(Fetch(port, "GET", path + "?17=261231&lang=en").status, 200);
  const HttpAnswer page = Fetch(port, "GET", path + "?linkType=gs1:pip");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("access-control-allow-origin"), "*");
  EXPECT_EQ(page.headers.at("link"),
            StrCat("<http://trace.example.cn", path,
                   "?linkType=linkset>; rel=\"linkset\"; type=\"application/linkset+json\""));
  const HttpAnswer json = Fetch(port, "GET", path, {{"Accept", "application/json"}});
  EXPECT_EQ(json.headers.at("content-type"), "application/json");
  EXPECT_EQ(boost::json::parse(json.body).at("batch").as_string(), batch.c_str());
  for (const HttpAnswer& links :
       {Fetch(port, "GET", path + "?linkType=linkset"), Fetch(port, "GET", path + "?linkType=all"),
        Fetch(port, "GET", path, {{"Accept", "application/linkset+json"}})}) {
    EXPECT_EQ(links.headers.at("content-type"), "application/linkset+json");
    const boost::json::value set = boost::json::parse(links.body).at("linkset");
    ASSERT_EQ(set.as_array().size(), 3u);  // The label, its batch above it, and their product.
    for (const boost::json::value& anchor : set.as_array()) {
      EXPECT_EQ(anchor.at("https://ref.gs1.org/voc/defaultLink").as_array().size(), 1u);
    }
    const std::string above(set.at(1).at("anchor").as_string());
    EXPECT_EQ(above, StrCat("http://trace.example.cn/01/", kGtin, "/10/", batch.substr(8)));
    EXPECT_EQ(set.at(2).at("anchor").as_string(), StrCat("http://trace.example.cn/01/", kGtin));
  }
  EXPECT_EQ(Fetch(port, "GET", path + "?linkType=gs1:epcis").status, 404);
  EXPECT_EQ(Fetch(port, "HEAD", path).status, 200);
  EXPECT_EQ(Fetch(port, "OPTIONS", path).status, 204);
}

// A journey is kept for a second, but not from who asks for what was just written.
TEST_P(LabelTest, AScanWithAPositionIsNeverOlder) {
  const std::string farm = system_.AddSite(cooperative_, claim::v1::SITE_KIND_FARM);
  const std::string batch = system_.Harvest(cooperative_, system_.AddProduct(cooperative_),
                                            system_.AddPlot(cooperative_), farm, 100);
  const std::string run = Issue(cooperative_, batch, 1)->run();
  const std::string code = Codes(cooperative_, run)->codes(0).code();
  EXPECT_FALSE(Scan(code)->journey().shipped());
  system_.Ship(cooperative_, batch, 100, farm, system_.AddSite(other_, claim::v1::SITE_KIND_FARM));
  EXPECT_TRUE(Scan(code)->journey().shipped());
}

// Not by a word, a header or a moment: a check that is wrong and a code never issued.
TEST_P(LabelTest, AWrongCheckAndACodeNeverIssuedAreAnsweredAlike) {
  constexpr int kTimes = 200;
  std::ifstream file(StrCat(system_.dir(), "/keys/", ledger::kLabelKeyFile));
  std::string hex, key;
  ASSERT_TRUE(file >> hex && ParseHex(hex, &key));
  ASSERT_OK(Issue(cooperative_, BatchOf(cooperative_, kGtin), 100));
  const int port = system_.portal().http_port();
  absl::Duration least[2] = {absl::InfiniteDuration(), absl::InfiniteDuration()};
  for (int i = 0; i < kTimes; ++i) {
    const std::string unissued = label::CodeOf(HmacKey(key), "another/ledger", "labelRuns/0", i);
    std::string wrong = unissued;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    HttpAnswer answers[2];
    for (const int which : {i % 2, 1 - i % 2}) {
      const auto begin = std::chrono::steady_clock::now();
      answers[which] = Fetch(port, "GET", StrCat("/t/", which == 0 ? unissued : wrong));
      least[which] =
          std::min(least[which], absl::FromChrono(std::chrono::steady_clock::now() - begin));
    }
    ASSERT_EQ(answers[0].status, 404);
    ASSERT_EQ(answers[1].status, 404);
    ASSERT_EQ(answers[0].headers, answers[1].headers);
    ASSERT_EQ(answers[0].body, answers[1].body);
  }
  EXPECT_LT(absl::AbsDuration(least[0] - least[1]), absl::Milliseconds(1));
}

TEST_P(LabelTest, ABatchHasAnAddressOfItsOwn) {
  const std::string batch = BatchOf(cooperative_, kGtin), plain = BatchOf(cooperative_);
  const std::string id = batch.substr(8);
  v1::DrawBatchCodeRequest draw;
  draw.set_batch(batch);
  draw.set_image(v1::LABEL_IMAGE_SVG);
  draw.set_min_sequence(system_.LastSequence());
  const auto drawn =
      cooperative_.Call<v1::DrawBatchCodeResponse>("LabelService/DrawBatchCode", draw);
  ASSERT_OK(drawn);
  EXPECT_EQ(drawn->url(), StrCat("http://trace.example.cn/01/", kGtin, "/10/", id));
  EXPECT_THAT(drawn->image(), testing::StartsWith("<svg "));
  EXPECT_THAT(other_.Call<v1::DrawBatchCodeResponse>("LabelService/DrawBatchCode", draw),
              Fails(v1::REASON_NOT_FOUND));
  v1::ResolveBatchRequest resolve;
  resolve.set_batch(batch);
  resolve.set_min_sequence(system_.LastSequence());
  ASSERT_OK(
      system_.stranger().Call<v1::ResolveBatchResponse>("LabelService/ResolveBatch", resolve));
  resolve.set_gtin("09521234543213");
  EXPECT_THAT(
      system_.stranger().Call<v1::ResolveBatchResponse>("LabelService/ResolveBatch", resolve),
      Fails(v1::REASON_NOT_FOUND));
  const int port = system_.portal().http_port();
  const HttpAnswer page = Fetch(port, "GET", StrCat("/01/", kGtin, "/10/", id));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("香葱"));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("枚标签")));  // It is not of one pack.
  EXPECT_EQ(Fetch(port, "GET", "/b/" + plain.substr(8)).status, 200);
  EXPECT_EQ(Fetch(port, "GET", "/01/09521234543213/10/" + id).status, 404);
}

// An invented code must not show a page that vouches for goods: not even its batch's.
TEST_P(LabelTest, DoesNotWalkUpFromACodeThatWasNeverIssued) {
  const std::string batch = BatchOf(cooperative_, kGtin), other = BatchOf(cooperative_);
  const std::string run = Issue(cooperative_, batch, 1)->run();
  const std::string code = Codes(cooperative_, run)->codes(0).code();
  ASSERT_OK(Scan(code));
  const int port = system_.portal().http_port();
  const auto status = [&](const std::string& below) {
    return Fetch(port, "GET", StrCat("/01/", kGtin, "/", below)).status;
  };
  EXPECT_EQ(status(StrCat("10/", batch.substr(8), "/21/", code)), 200);
  EXPECT_EQ(status(StrCat("10/", other.substr(8), "/21/", code)), 404);
  EXPECT_EQ(status(StrCat("10/", batch.substr(8), "/21/00000000000000000000")), 404);
  EXPECT_EQ(status(StrCat("10/", batch.substr(8), "/21/B-1")), 404);
  EXPECT_EQ(status("21/" + code + "/10/" + batch.substr(8)), 400);
  EXPECT_EQ(status("21/" + code + "/235/X"), 400);
  EXPECT_EQ(status("235/X"), 404);
  EXPECT_EQ(Fetch(port, "GET", "/00/006141411234567890").status, 404);
}

// A bare GTIN is on every pack: it says which product it names, and vouches for none.
TEST_P(LabelTest, AProductsOwnCodeSaysWhatItIsAndNothingOfAnyPack) {
  const std::string batch = BatchOf(cooperative_, kGtin);
  const int port = system_.portal().http_port();
  const std::string path = StrCat("/01/", kGtin);
  const HttpAnswer page = Fetch(port, "GET", path + "?lang=zh");
  EXPECT_EQ(page.status, 200);
  for (const char* said :
       {"这个码只说明", "香葱", kGtin, "碧城蔬菜合作社", "500 克", "name=code"}) {
    EXPECT_THAT(page.body, HasSubstr(said));
  }
  for (const std::string& never :
       {batch.substr(8), std::string("金山镇"), std::string("没有在召回"), std::string("没有查到"),
        std::string("?proof=")}) {
    EXPECT_THAT(page.body, testing::Not(HasSubstr(never)));
  }
  const HttpAnswer json = Fetch(port, "GET", path, {{"Accept", "application/json"}});
  EXPECT_EQ(boost::json::parse(json.body).at("product").at("name").as_string(), "香葱");
  EXPECT_EQ(boost::json::parse(json.body).at("partyName").as_string(), "碧城蔬菜合作社");
  const HttpAnswer links = Fetch(port, "GET", path + "?linkType=linkset");
  const boost::json::value anchor = boost::json::parse(links.body).at("linkset").at(0);
  EXPECT_EQ(anchor.at("anchor").as_string(), "http://trace.example.cn" + path);
  EXPECT_EQ(anchor.at("https://ref.gs1.org/voc/defaultLink").as_array().size(), 1u);
  EXPECT_FALSE(anchor.as_object().contains("https://ref.gs1.org/voc/recallStatus"));
  EXPECT_EQ(Fetch(port, "GET", path + "?linkType=gs1:pip").status, 200);
  for (const char* query :
       {"?linkType=gs1:recallStatus", "?linkType=gs1:traceability", "?proof=json", "?proof=page"}) {
    EXPECT_EQ(Fetch(port, "GET", path + query).status, 404) << query;
  }
  EXPECT_EQ(Fetch(port, "HEAD", path).status, 200);
  const HttpAnswer moved = Fetch(port, "GET", "/gtin/9520123456788/?lang=en");
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.headers.at("location"), path + "?lang=en");
  EXPECT_EQ(Fetch(port, "POST", path).status, 415);
  EXPECT_EQ(Fetch(port, "GET", "/01/09520123456789").status, 400);  // Its check digit is wrong.
  const HttpAnswer unknown = Fetch(port, "GET", "/01/09521234543213");
  const HttpAnswer no_code = Fetch(port, "GET", "/t/00000000000000000000");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, no_code.body);
}

// What a resolver must do with a batch it does not know; never with a serial.
TEST_P(LabelTest, ABatchThatIsNotKnownLeadsToItsProductWhichSaysSo) {
  const std::string batch = BatchOf(cooperative_, kGtin), other = BatchOf(cooperative_);
  const int port = system_.portal().http_port();
  const std::string path = StrCat("/01/", kGtin);
  for (const std::string& below :
       {std::string("/10/L20261104A"), std::string("/10/00000000000000000000"),
        StrCat("/10/", other.substr(8)), std::string("/22/2A"), std::string("/22/2A/10/B")}) {
    const HttpAnswer above = Fetch(port, "GET", StrCat(path, below, "?lang=zh"));
    EXPECT_EQ(above.status, 307) << below;
    EXPECT_EQ(above.headers.at("location"), path + "?lang=zh&unknown=1") << below;
    EXPECT_EQ(above.headers.at("cache-control"), "no-store");
  }
  const HttpAnswer page = Fetch(port, "GET", path + "?lang=zh&unknown=1");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("没有查到您扫的这个码"));
  EXPECT_THAT(page.body, HasSubstr("href=\"?unknown=1&amp;lang=en\""));
  EXPECT_EQ(Fetch(port, "GET", StrCat(path, "/10/", batch.substr(8))).status, 200);
  EXPECT_EQ(Fetch(port, "GET", StrCat(path, "/10/L1?proof=json")).status, 404);
  // What the product does not have is not promised; nor is a program led to something else.
  EXPECT_EQ(Fetch(port, "GET", StrCat(path, "/10/L1?linkType=gs1:recallStatus")).status, 404);
  EXPECT_EQ(Fetch(port, "GET", StrCat(path, "/10/L1"), {{"accept", "application/json"}}).status,
            404);
  EXPECT_EQ(Fetch(port, "GET", "/01/09521234543213/10/L1").status, 404);
  EXPECT_EQ(Fetch(port, "GET", "/b/" + std::string(20, '0')).status, 404);
  for (const char* serial : {"/21/00000000000000000000", "/21/B-1", "/10/L1/21/B-1",
                             "/10/L1/21/00000000000000000000", "/235/X"}) {
    EXPECT_EQ(Fetch(port, "GET", path + serial).status, 404) << serial;
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, LabelTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
