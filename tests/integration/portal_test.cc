// The public's door: the API over HTTP, scan pages' addresses, and requests that mean no good.
#include <boost/json.hpp>

#include "services/portal/assets.h"
#include "services/portal/negotiation.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kRegisterPlot[] = "/suyuan.v1.RegistryService/RegisterPlot";

class PortalTest : public testing::TestWithParam<Topology> {
 protected:
  HttpAnswer Post(const std::string& path, const std::string& type, const std::string& body,
                  Actor* actor = nullptr) {
    std::map<std::string, std::string> headers = {{"Content-Type", type}};
    if (actor != nullptr) {
      const rpc::CallSignature signature =
          rpc::SignCall(*actor->options().key, actor->options().origin, path, type == kJson,
                        system_.clock().Now(), body);
      headers["suyuan-key-id"] = signature.key_id;
      headers["suyuan-time"] = signature.time;
      headers["suyuan-signature-bin"] = Base64Of(signature.signature);
    }
    return Fetch(port(), "POST", path, headers, body);
  }
  int port() { return system_.portal().http_port(); }
  static std::string ReasonIn(const HttpAnswer& answer) {
    const boost::json::value body = boost::json::parse(answer.body);
    std::string bytes;
    std::string value = boost::json::value_to<std::string>(body.at_pointer("/details/0/value"));
    while (value.size() % 4 != 0) value.push_back('=');
    EXPECT_TRUE(ParseBase64(value, &bytes));
    return bytes;  // The ErrorInfo's bytes hold the reason's name.
  }

  System system_{GetParam()};
};

TEST_P(PortalTest, IsHealthy) { EXPECT_EQ(Fetch(port(), "GET", "/healthz").status, 200); }

TEST_P(PortalTest, AnswersAPublicMethodInJsonAndInProtobuf) {
  const HttpAnswer json = Post("/suyuan.v1.IdentityService/GetServerInfo", kJson, "{}");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.headers.at("content-type"), kJson);
  EXPECT_EQ(boost::json::parse(json.body).at("origin").as_string(), system_.portal().origin());
  const HttpAnswer proto =
      Post("/suyuan.v1.IdentityService/GetServerInfo", "application/proto", "");
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(info.ParseFromString(proto.body));
  EXPECT_EQ(info.origin(), system_.portal().origin());
}

// What was signed is what is kept: the JSON bytes, verbatim.
TEST_P(PortalTest, TakesASignedCommandInJson) {
  Actor& cooperative = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  const std::string body =
      StrCat(R"({"requestId": ")", RandomUuid(), R"(", "plot": {"name": "一号地", )",
             R"("kind": "PLOT_KIND_FIELD", "areaM2": "600", "township": "碧城镇"}})");
  const HttpAnswer answer = Post(kRegisterPlot, kJson, body, &cooperative);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(boost::json::parse(answer.body).at("plot").as_string().starts_with("plots/"));
  EXPECT_EQ(Post(kRegisterPlot, kJson, body + " ", &cooperative).status, 409);
}

// The reader's words quote what was sent; they must not lose the reason.
TEST_P(PortalTest, TellsWhatIsWrongWithJsonThatIsNotUtf8) {
  const HttpAnswer answer =
      Post("/suyuan.v1.IdentityService/GetServerInfo", kJson, "{\"a\xff\xfe\": \"\xff\"}");
  EXPECT_EQ(answer.status, 400) << answer.body;
}

TEST_P(PortalTest, RefusesInTheWordsOfConnect) {
  const HttpAnswer answer = Post(kRegisterPlot, kJson, "{}");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(boost::json::parse(answer.body).at("code").as_string(), "unauthenticated");
  EXPECT_THAT(ReasonIn(answer), testing::HasSubstr("REASON_SIGNATURE_MISSING"));
  Actor& cooperative = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  EXPECT_THAT(ReasonIn(Post(kRegisterPlot, kJson, R"({"nothing": 1})", &cooperative)),
              testing::HasSubstr("REASON_UNKNOWN_FIELD"));
  EXPECT_THAT(ReasonIn(Post(kRegisterPlot, kJson, "{", &cooperative)),
              testing::HasSubstr("REASON_MALFORMED"));
  EXPECT_THAT(ReasonIn(Post(kRegisterPlot, kJson, std::string(300 << 10, ' '), &cooperative)),
              testing::HasSubstr("REASON_TOO_LARGE"));
}

// C13: JSON that is made to be read in two ways, or to keep its reader busy.
TEST_P(PortalTest, C13_RefusesJsonThatMeansNoGoodAndRecordsNothing) {
  Actor& cooperative = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  const int64_t before = system_.LastSequence();
  const auto with = [](std::string_view member) {
    return StrCat(R"({"requestId":")", RandomUuid(), R"(","plot":{"name":"一号地",)",
                  R"("kind":"PLOT_KIND_FIELD","township":"碧城镇",)", member, "}}");
  };
  std::string deep, keys, many = "{\"k\":0";
  for (int i = 0; i < 10'000; ++i) deep += "{\"plot\":";
  for (int i = 0; i < 20'000; ++i) keys += StrCat(",\"k", i, "\":0");
  for (int i = 0; i < 50'000; ++i) many += StrCat(",\"k", i, "\":0");
  const std::pair<std::string, const char*> bodies[] = {
      {with(R"("areaM2":"1","areaM2":"2")"), "is there twice"},
      {with(R"("areaM2":"1","area_m2":"2")"), "is there twice"},
      {with(R"("areaM2":1e400)"), "REASON_MALFORMED"},
      {with(R"("areaM2":"1"},"plot":{"areaM2":"2")"), "is there twice"},
      {with(R"("areaM2":"1","hectares":"1")"), "REASON_UNKNOWN_FIELD"},
      {with("\"areaM2\":\"1\"" + keys), "REASON_UNKNOWN_FIELD"},
      {deep + "1", "nested deeper than 32"}};
  for (const auto& [body, reason] : bodies) {
    const HttpAnswer answer = Post(kRegisterPlot, kJson, body, &cooperative);
    EXPECT_EQ(answer.status, 400) << body.substr(0, 200);
    EXPECT_THAT(ReasonIn(answer), testing::HasSubstr(reason)) << body.substr(0, 200);
  }
  EXPECT_THAT(ReasonIn(Post(kRegisterPlot, kJson, many + "}", &cooperative)),
              testing::HasSubstr("REASON_TOO_LARGE"));
  EXPECT_EQ(Post(kRegisterPlot, kJson, std::string(2 << 20, '['), &cooperative).status, 413);
  for (const char* text : {R"(\ud800)", R"(\udc00\ud800)", R"(\u0000)"}) {
    const std::string body =
        StrCat(R"({"requestId":")", RandomUuid(), R"(","plot":{"name":")", text,
               R"(","kind":"PLOT_KIND_FIELD","township":"镇","areaM2":"1"}})");
    EXPECT_EQ(Post(kRegisterPlot, kJson, body, &cooperative).status, 400) << text;
  }
  EXPECT_EQ(system_.LastSequence(), before);
  EXPECT_EQ(Post(kRegisterPlot, kJson, with(R"("areaM2":"1")"), &cooperative).status, 200);
}

TEST_P(PortalTest, RefusesOtherVerbsTypesAndNames) {
  const HttpAnswer get = Fetch(port(), "GET", kRegisterPlot);
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  EXPECT_EQ(Post(kRegisterPlot, "text/plain", "{}").status, 415);
  EXPECT_EQ(Post("/suyuan.v1.RegistryService/Nothing", kJson, "{}").status, 501);
}

TEST_P(PortalTest, HidesInternalAndStreamingMethods) {
  EXPECT_EQ(Post("/suyuan.ledger.v1.LedgerService/AppendRecord", kJson, "{}").status, 501);
  EXPECT_EQ(Post("/suyuan.v1.TraceService/GetJourney", kJson, "{}").status, 501);
  EXPECT_EQ(Post("/suyuan.v1.TraceService/TraceBack", kJson, "{}").status, 501);
}

TEST_P(PortalTest, ShowsTheSamePageForAnUnknownAndAMalformedCode) {
  const HttpAnswer unknown = Fetch(port(), "GET", "/t/00000000000000000000");
  const HttpAnswer malformed = Fetch(port(), "GET", "/t/%3Cscript%3E");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(malformed.status, 404);
  EXPECT_EQ(unknown.body, malformed.body);
  EXPECT_THAT(unknown.headers.at("content-security-policy"),
              testing::HasSubstr("default-src 'none'"));
  const HttpAnswer head = Fetch(port(), "HEAD", "/t/00000000000000000000");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.body, "");
}

TEST_P(PortalTest, ATypedCodeLeadsToItsAddress) {
  const HttpAnswer found =
      Fetch(port(), "GET", "/find?code=qxz3+7263+8mwm-TAN3-7C79&lang=en&big=1");
  EXPECT_EQ(found.status, 303);
  EXPECT_EQ(found.headers.at("location"), "/t/QXZ372638MWMTAN37C79?lang=en&big=1");
  for (const char* typed : {"", "short", "%2F%2Fevil.example", "QXZ372638MWMTAN37C79%0d%0aX:1"}) {
    EXPECT_EQ(Fetch(port(), "GET", StrCat("/find?code=", typed)).status, 404) << typed;
  }
}

TEST_P(PortalTest, ServesItsScriptsByTheirContentAndNoOthers) {
  const HttpAnswer script = Fetch(port(), "GET", portal::VerifyScriptPath());
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.headers.at("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(script.headers.at("content-type"), "text/javascript; charset=utf-8");
  const HttpAnswer small =
      Fetch(port(), "GET", portal::VerifyScriptPath(), {{"Accept-Encoding", "gzip"}});
  EXPECT_LE(small.body.size(), 3u << 10);  // What every scan may cost beside the page.
  EXPECT_EQ(Fetch(port(), "GET", portal::FallbackScriptPath()).status, 200);
  EXPECT_EQ(Fetch(port(), "GET", "/s/verify-0000000000000000.js").status, 404);
  EXPECT_EQ(Fetch(port(), "GET", "/s/../../etc/passwd").status, 404);
}

TEST_P(PortalTest, DescribesItselfAsAResolver) {
  const HttpAnswer answer = Fetch(port(), "GET", "/.well-known/gs1resolver");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "*");
  const boost::json::value described = boost::json::parse(answer.body);
  EXPECT_EQ(described.at("resolverRoot").as_string(), "http://trace.example.cn");
  EXPECT_EQ(described.at("supportedPrimaryKeys").as_array().size(), 1u);
}

TEST_P(PortalTest, SurvivesRequestsThatMeanNoGood) {
  EXPECT_EQ(SendRaw(port(), "\x16\x03\x01\x02\r\n\r\n").status, 400);
  EXPECT_EQ(
      SendRaw(port(), "GET / HTTP/1.1\r\nX: " + std::string(20 << 10, 'a') + "\r\n\r\n").status,
      431);
  EXPECT_EQ(SendRaw(port(), "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n").status, 413);
  EXPECT_EQ(Fetch(port(), "GET", "/" + std::string(5000, '/')).status, 404);
  EXPECT_EQ(Fetch(port(), "GET", "/01//21/").status, 400);
  EXPECT_EQ(Fetch(port(), "GET", "/../../etc/passwd").status, 404);
  EXPECT_EQ(Fetch(port(), "GET", "/healthz").status, 200);
}

INSTANTIATE_TEST_SUITE_P(Topologies, PortalTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

TEST(LanguageTest, TakesTheFirstItHas) {
  using text::Language;
  EXPECT_EQ(portal::LanguageOf(""), Language::kChinese);
  EXPECT_EQ(portal::LanguageOf("en-US,en;q=0.9,zh;q=0.8"), Language::kEnglish);
  EXPECT_EQ(portal::LanguageOf("zh-CN,zh;q=0.9,en;q=0.8"), Language::kChinese);
  EXPECT_EQ(portal::LanguageOf("fr, de;q=0.9"), Language::kChinese);
  EXPECT_EQ(portal::LanguageOf("zh;q=0.1, en;q=0.5"), Language::kEnglish);
  EXPECT_EQ(portal::LanguageOf("en;q=0, zh;q=0.1"), Language::kChinese);
  EXPECT_EQ(portal::LanguageOf(",,;q=,"), Language::kChinese);
}

TEST(FormTest, TakesWhatIsLikedBestAndThePageWhereAllAreAlike) {
  using portal::Form;
  EXPECT_EQ(portal::FormOf(""), Form::kPage);
  EXPECT_EQ(portal::FormOf("*/*"), Form::kPage);
  EXPECT_EQ(portal::FormOf("text/html,application/xhtml+xml,*/*;q=0.8"), Form::kPage);
  EXPECT_EQ(portal::FormOf("application/json"), Form::kJson);
  EXPECT_EQ(portal::FormOf("Application/LinkSet+JSON, text/html;q=0.5"), Form::kLinkset);
  EXPECT_EQ(portal::FormOf("application/json;q=0.2, */*;q=0.1"), Form::kJson);
  EXPECT_EQ(portal::FormOf("application/*, text/html;q=0.9"), Form::kLinkset);
  EXPECT_EQ(portal::FormOf("image/png"), Form::kPage);
}

TEST(QueryTest, IsDecodedAndNeverGuessed) {
  EXPECT_EQ(portal::QueryValue("/a?b=1&linkType=gs1%3Apip", "linkType"), "gs1:pip");
  EXPECT_EQ(portal::QueryValue("/a?linkType", "linkType"), "");
  EXPECT_EQ(portal::QueryValue("/a?xlang=en", "lang"), "");
  EXPECT_EQ(portal::QueryValue("/a?lang=%", "lang"), "");
  EXPECT_EQ(portal::QueryValue("", "lang"), "");
}

}  // namespace
}  // namespace suyuan::test
