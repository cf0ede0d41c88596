// Headers and fields that mean no good, against a running server: who calls is who signed (D16),
// and nothing that is sent makes a line of the log that is not the server's own (C16).
#include <boost/json.hpp>
#include <sstream>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "services/rpc/status.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/http.h"
#include "tests/support/raw_call.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr char kGetCaller[] = "/suyuan.v1.IdentityService/GetCaller";
constexpr char kRegisterPlot[] = "/suyuan.v1.RegistryService/RegisterPlot";

// A call with any headers, over gRPC or over HTTP in protobuf: the answer's bytes.
class HostileTest : public testing::TestWithParam<Topology> {
 protected:
  absl::StatusOr<std::string> OverGrpc(const std::string& method, const std::string& body,
                                       const Headers& headers) {
    RawAnswer answer = RawCall(channel_, method, body, headers);
    if (!answer.status.ok()) return rpc::FromGrpc(answer.status);
    return std::move(answer.body);
  }
  // The body, or UNAUTHENTICATED and the like by HTTP's status alone.
  HttpAnswer OverHttp(const std::string& method, const std::string& body, const Headers& headers) {
    std::string raw = StrCat("POST ", method, " HTTP/1.1\r\nHost: localhost\r\n");
    for (const auto& [name, value] : headers) {
      const bool binary = name.ends_with("-bin");
      StrAppend(&raw, name, ": ", binary ? Base64Of(value) : value, "\r\n");
    }
    return SendRaw(system_.portal().http_port(),
                   StrCat(raw, "Content-Type: application/proto\r\nContent-Length: ", body.size(),
                          "\r\n\r\n", body));
  }
  Headers Signature(const Actor& actor, const std::string& method, const std::string& body) {
    return SignatureOf(actor, method, body, system_.clock().Now());
  }
  // Whom the server takes for the caller; empty: it refuses.
  std::vector<std::string> CallersOf(const Headers& headers) {
    std::vector<std::string> callers;
    const auto grpc = OverGrpc(kGetCaller, "", headers);
    const HttpAnswer http = OverHttp(kGetCaller, "", headers);
    for (const std::string& bytes : {grpc.ok() ? *grpc : "", http.status == 200 ? http.body : ""}) {
      v1::GetCallerResponse caller;
      EXPECT_TRUE(caller.ParseFromString(bytes));
      callers.push_back(caller.member());
    }
    EXPECT_TRUE(grpc.ok() || absl::IsUnauthenticated(grpc.status())) << grpc.status();
    EXPECT_TRUE(http.status == 200 || http.status == 401) << http.status;
    return callers;
  }

  System system_{GetParam()};
  Actor& one_ = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& other_ = system_.AddParty("仁兴合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  std::shared_ptr<grpc::Channel> channel_ =
      grpc::CreateChannel(system_.grpc_target(), grpc::InsecureChannelCredentials());
};

// A gateway's habits (CVE-2018-16886): a name in a header, believed because of who passes it on.
TEST_P(HostileTest, D16_HeadersThatClaimAnIdentityChangeNothing) {
  const Headers signature = Signature(one_, kGetCaller, "");
  const std::string key = Signature(other_, kGetCaller, "")[0].second;
  Headers claims;
  for (const char* name :
       {"x-user", "x-forwarded-user", "x-remote-user", "remote-user", "x-auth-request-user",
        "x-forwarded-client-cert", "x-client-cert", "x-suyuan-party", "suyuan-party",
        "suyuan-member", "suyuan-caller", "suyuan-internal", "suyuan-role", "forwarded", "from",
        "authorization", "cookie", "x-original-url", "x-http-method-override"}) {
    for (const std::string& value : {other_.member(), other_.party(), key}) {
      claims.emplace_back(name, value);
    }
  }
  claims.emplace_back("authorization", "Basic b3BlcmF0b3I6b3BlcmF0b3I=");
  claims.emplace_back("x-forwarded-for", "127.0.0.1");
  claims.emplace_back("x-forwarded-client-cert", "URI=spiffe://lufeng.example/suyuan/portal");
  EXPECT_EQ(CallersOf(claims), std::vector<std::string>({"", ""})) << "nobody signed";
  Headers both = claims;
  both.insert(both.end(), signature.begin(), signature.end());
  EXPECT_EQ(CallersOf(both), std::vector<std::string>(2, one_.member()));
  for (const auto& claim : claims) {  // Each by itself, on both sides.
    Headers around = signature;
    around.insert(around.begin(), claim);
    around.push_back(claim);
    EXPECT_EQ(CallersOf(around), std::vector<std::string>(2, one_.member())) << claim.first;
  }
}

// Who adds a second id, time or signature on the way: the call is the signer's, or nobody's.
TEST_P(HostileTest, D16_AHeaderOfTheSignatureTwiceIsTheSignersOrRefused) {
  const Headers mine = Signature(one_, kGetCaller, "");
  Headers theirs = Signature(other_, kGetCaller, "");
  theirs[2].second[0] ^= 1;  // Heard of, and not signed by them.
  for (size_t i = 0; i < mine.size(); ++i) {
    for (const bool first : {true, false}) {
      Headers headers = mine;
      headers.insert(first ? headers.begin() : headers.end(), theirs[i]);
      for (const std::string& caller : CallersOf(headers)) {
        EXPECT_THAT(caller, testing::AnyOf("", one_.member())) << mine[i].first << first;
      }
    }
    Headers changed = mine;
    changed[i] = theirs[i];
    EXPECT_EQ(CallersOf(changed)[0] + CallersOf(changed)[1],
              i == 1 ? one_.member() + one_.member() : "");  // Both signed at one time.
  }
}

// The lines of the log, each an event of the server's own: JSON with the known fields.
void ExpectEvents(const std::string& log, std::string_view planted) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    boost::system::error_code error;
    const boost::json::value event = boost::json::parse(line, error);
    ASSERT_FALSE(error) << line;
    for (const char* field : {"time", "level", "message"}) {
      EXPECT_TRUE(event.as_object().contains(field)) << line;
    }
    EXPECT_NE(event.at("message").as_string(), planted);
    EXPECT_EQ(line.find_first_of("\x1b\r\x7f"), std::string::npos) << line;
  }
}

TEST_P(HostileTest, C16_NothingThatIsSentMakesALineOfTheLog) {
  testing::internal::CaptureStderr();
  for (const std::string& text :
       {std::string("\r\n{\"time\":\"\",\"level\":\"info\",\"message\":\"planted\"}\r\n"),
        std::string("\n"), std::string("\",\"message\":\"planted"), std::string("\x1b[2J\x1b[1A"),
        std::string("\u009b2J\u2028"), std::string("\xff\xfe\x9b"), std::string("a\0b", 3),
        std::string("%n%s%p{0}"), std::string(10'000, 'x')}) {
    v1::RegisterPlotRequest request;
    request.set_request_id(text);
    request.mutable_plot()->set_name(text);
    request.mutable_plot()->set_township(text);
    const std::string body = request.SerializeAsString();
    Headers headers = Signature(one_, kRegisterPlot, body);
    EXPECT_FALSE(OverGrpc(kRegisterPlot, body, headers).ok());
    EXPECT_GE(OverHttp(kRegisterPlot, body, headers).status, 400);
    for (size_t i = 0; i < headers.size(); ++i) {
      Headers spoiled = headers;
      spoiled[i].second = text;
      EXPECT_NE(OverHttp(kRegisterPlot, body, spoiled).status, 200);
      // gRPC's own client sends text headers of visible characters alone.
      if (i == 2 || text.find_first_of("\"%") == 0) {
        EXPECT_FALSE(OverGrpc(kRegisterPlot, body, spoiled).ok());
      }
    }
    const std::string json = StrCat(R"({"requestId":")", text, R"(","x":")", text, "\"}");
    Fetch(system_.portal().http_port(), "POST", kRegisterPlot,
          {{"Content-Type", "application/json"}, {"suyuan-key-id", text}, {text, text}}, json);
    for (const std::string& target : {StrCat("/t/", text), StrCat("/t/", text, "?lang=", text),
                                      StrCat("/find?code=", text), StrCat("/", text)}) {
      SendRaw(system_.portal().http_port(),
              StrCat("GET ", target, " HTTP/1.1\r\nHost: ", text, "\r\nUser-Agent: ", text,
                     "\r\nX-Forwarded-For: ", text, "\r\nReferer: ", text, "\r\n\r\n"));
    }
    SendRaw(system_.portal().http_port(), text + "\r\n\r\n");
  }
  system_.StopAll();
  ExpectEvents(testing::internal::GetCapturedStderr(), "planted");
}

INSTANTIATE_TEST_SUITE_P(Topologies, HostileTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
