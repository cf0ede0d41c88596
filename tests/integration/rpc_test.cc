// What every call goes through: signature, permission, field rules, replay; in both topologies.
#include <atomic>
#include <thread>

#include "google/protobuf/unknown_field_set.h"
#include "services/rpc/channel.h"
#include "services/rpc/waiting.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr char kRegisterPlot[] = "/suyuan.v1.RegistryService/RegisterPlot";
constexpr char kGetCaller[] = "/suyuan.v1.IdentityService/GetCaller";

class RpcTest : public testing::TestWithParam<Topology> {
 protected:
  // A call as a client sends it, to be spoiled.
  rpc::Incoming Signed(const Actor& actor, const std::string& method,
                       const google::protobuf::Message& request) {
    rpc::Incoming incoming;
    incoming.method = method;
    incoming.body = request.SerializeAsString();
    Sign(actor, &incoming);
    return incoming;
  }
  void Sign(const Actor& actor, rpc::Incoming* incoming, std::string origin = "") {
    if (origin.empty()) origin = actor.options().origin;
    const rpc::CallSignature signature =
        rpc::SignCall(*actor.options().key, origin, incoming->method, incoming->json,
                      system_.clock().Now(), incoming->body);
    incoming->key_id = signature.key_id;
    incoming->time = signature.time;
    incoming->signature = signature.signature;
  }
  absl::StatusOr<std::string> Send(const rpc::Incoming& incoming) {
    return rpc::WaitForAnswer(
        [&](rpc::Answer answer) { channel_.Call(incoming, absl::Seconds(20), std::move(answer)); });
  }
  v1::RegisterPlotRequest Plot() {
    v1::RegisterPlotRequest request;
    request.set_request_id(RandomUuid());
    request.mutable_plot()->set_name("一号地");
    request.mutable_plot()->set_kind(claim::v1::PLOT_KIND_FIELD);
    request.mutable_plot()->set_area_m2(1);
    request.mutable_plot()->set_township("金山镇");
    return request;
  }

  System system_{GetParam()};
  Actor& cooperative_ = system_.AddParty("碧城蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  rpc::Channel channel_{system_.grpc_target()};
};

TEST_P(RpcTest, AnswersASignedCallAndShowsWhoCalls) {
  const auto caller =
      cooperative_.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest());
  ASSERT_OK(caller);
  EXPECT_EQ(caller->party(), cooperative_.party());
  EXPECT_EQ(caller->role(), claim::v1::MEMBER_ROLE_MANAGER);
}

TEST_P(RpcTest, RefusesACallWithoutASignature) {
  EXPECT_THAT(system_.stranger().Call<v1::GetCallerResponse>("IdentityService/GetCaller",
                                                             v1::GetCallerRequest()),
              Fails(v1::REASON_SIGNATURE_MISSING));
}

TEST_P(RpcTest, RefusesASignatureOverOtherBytes) {
  rpc::Incoming incoming = Signed(cooperative_, kRegisterPlot, Plot());
  incoming.body = Plot().SerializeAsString();
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_SIGNATURE_INVALID));
}

TEST_P(RpcTest, RefusesASignatureForAnotherMethodOriginOrEncoding) {
  rpc::Incoming incoming = Signed(cooperative_, kRegisterPlot, Plot());
  incoming.method = "/suyuan.v1.RegistryService/RegisterSite";
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_SIGNATURE_INVALID));
  incoming.method = kRegisterPlot;
  Sign(cooperative_, &incoming, "other/00112233445566778899aabbccddeeff");
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_SIGNATURE_INVALID));
  Sign(cooperative_, &incoming);
  incoming.json = true;
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_SIGNATURE_INVALID));
}

TEST_P(RpcTest, RefusesMalformedSignatureHeaders) {
  const rpc::Incoming good = Signed(cooperative_, kRegisterPlot, Plot());
  rpc::Incoming bad = good;
  bad.signature.pop_back();
  EXPECT_THAT(Send(bad), Fails(v1::REASON_SIGNATURE_INVALID));
  bad = good;
  bad.time = "soon";
  EXPECT_THAT(Send(bad), Fails(v1::REASON_SIGNATURE_INVALID));
  // A time no calendar has would be kept for ever and could be shown to nobody.
  for (const int64_t micros :
       {std::numeric_limits<int64_t>::min(), int64_t{253'402'300'800'000'000}}) {
    bad = good;
    const rpc::CallSignature signature =
        rpc::SignCall(*cooperative_.options().key, cooperative_.options().origin, bad.method, false,
                      FromMicros(micros), bad.body);
    bad.time = signature.time;
    bad.signature = signature.signature;
    EXPECT_THAT(Send(bad), Fails(v1::REASON_SIGNATURE_INVALID)) << micros;
  }
  bad = good;
  bad.key_id = "zz";
  EXPECT_THAT(Send(bad), Fails(v1::REASON_SIGNATURE_INVALID));
}

TEST_P(RpcTest, RefusesAKeyNobodyEnrolled) {
  rpc::ClientOptions options = cooperative_.options();
  options.key = rpc::SigningKey::Generate(rpc::kEd25519);
  Actor actor("", "", options);
  EXPECT_THAT(
      actor.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest()),
      Fails(v1::REASON_KEY_UNKNOWN));
}

// A read may be replayed by whoever overheard it, for five minutes; a write never acts twice.
TEST_P(RpcTest, RefusesAnOldReadAndAcceptsAnOldWrite) {
  const rpc::Incoming read = Signed(cooperative_, kGetCaller, v1::GetCallerRequest());
  const rpc::Incoming write = Signed(cooperative_, kRegisterPlot, Plot());
  system_.clock().Advance(absl::Minutes(6));
  EXPECT_THAT(Send(read), Fails(v1::REASON_SIGNATURE_TIME));
  EXPECT_OK(Send(write));
}

TEST_P(RpcTest, RefusesARevokedKeyFromTheNextCallOn) {
  Actor& worker = system_.AddMember(cooperative_, claim::v1::MEMBER_ROLE_WORKER);
  v1::ListKeysRequest list;
  list.set_party(cooperative_.party());
  list.set_min_sequence(system_.LastSequence());
  const auto keys = cooperative_.Call<v1::ListKeysResponse>("IdentityService/ListKeys", list);
  ASSERT_OK(keys);
  for (const v1::Key& key : keys->keys()) {
    if (key.claim().member() != worker.member()) continue;
    v1::RevokeKeyRequest revoke;
    revoke.set_request_id(RandomUuid());
    revoke.mutable_revocation()->set_key(key.name());
    revoke.mutable_revocation()->set_cause(claim::v1::KeyRevocation::CAUSE_LOST);
    ASSERT_OK(cooperative_.Call<v1::RevokeKeyResponse>("IdentityService/RevokeKey", revoke));
  }
  EXPECT_THAT(
      worker.Call<v1::GetCallerResponse>("IdentityService/GetCaller", v1::GetCallerRequest()),
      Fails(v1::REASON_KEY_REVOKED));
}

TEST_P(RpcTest, RefusesWhatTheRoleMayNotDo) {
  v1::RegisterPartyRequest party;
  party.set_request_id(RandomUuid());
  party.mutable_party()->set_name("某合作社");
  party.mutable_party()->add_roles(claim::v1::PARTY_ROLE_COOPERATIVE);
  EXPECT_THAT(cooperative_.Call<v1::RegisterPartyResponse>("RegistryService/RegisterParty", party),
              Fails(v1::REASON_NOT_ALLOWED));
  Actor& worker = system_.AddMember(cooperative_, claim::v1::MEMBER_ROLE_WORKER);
  const auto code_key = *rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
  EXPECT_THAT(worker.Call<v1::InviteMemberResponse>(
                  "IdentityService/InviteMember",
                  system_.Invitation(worker.party(), claim::v1::MEMBER_ROLE_WORKER, code_key)),
              Fails(v1::REASON_NOT_ALLOWED));
  // The operator runs the machine and does no business.
  EXPECT_THAT(system_.operator_actor().Call<v1::RegisterPlotResponse>(
                  "RegistryService/RegisterPlot", Plot()),
              Fails(v1::REASON_NOT_ALLOWED));
}

TEST_P(RpcTest, DoesNotOfferInternalMethodsToThePublic) {
  v1::GetJourneyRequest request;
  request.set_batch("batches/00000000000000000000");
  EXPECT_THAT(cooperative_.Call<v1::Journey>("TraceService/GetJourney", request),
              HasCode(absl::StatusCode::kUnimplemented));
}

TEST_P(RpcTest, AnswersARepeatedRequestFromItsRecordAndRefusesItsIdForOtherContent) {
  const v1::RegisterPlotRequest request = Plot();
  const auto first =
      cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request);
  const auto second =
      cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(first->receipt().leaf_hash().size(), 32u);
  v1::RegisterPlotRequest other = request;
  other.mutable_plot()->set_area_m2(2);
  EXPECT_THAT(cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", other),
              Fails(v1::REASON_REQUEST_ID_REUSED));
  // Another party's request of that id is another request.
  Actor& neighbour = system_.AddParty("仁兴合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  EXPECT_OK(neighbour.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", other));
}

TEST_P(RpcTest, RefusesWhatCannotBeRead) {
  rpc::Incoming incoming = Signed(cooperative_, kRegisterPlot, Plot());
  incoming.body = "\xff\xff\xff";
  Sign(cooperative_, &incoming);
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_MALFORMED));
}

TEST_P(RpcTest, RefusesARequestThatIsTooLarge) {
  rpc::Incoming incoming = Signed(cooperative_, kRegisterPlot, Plot());
  incoming.body = std::string(300 << 10, 'x');
  Sign(cooperative_, &incoming);
  EXPECT_THAT(Send(incoming), Fails(v1::REASON_TOO_LARGE));
}

TEST_P(RpcTest, RefusesUnknownFieldsDeepNestingAndBadText) {
  v1::RegisterPlotRequest request = Plot();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(1000, 1);
  EXPECT_THAT(cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request),
              Fails(v1::REASON_UNKNOWN_FIELD));
  // Groups within groups: deeper than any message of ours.
  rpc::Incoming deep = Signed(cooperative_, kRegisterPlot, Plot());
  deep.body = std::string(500, '\x0b') + std::string(500, '\x0c');
  Sign(cooperative_, &deep);
  EXPECT_THAT(Send(deep), Fails(v1::REASON_MALFORMED));
  for (const char* name : {"a\nb",
                           "a\xe2\x80\xae"
                           "b",
                           "a\xef\xbb\xbf"
                           "b"}) {
    request = Plot();
    request.mutable_plot()->set_name(name);
    EXPECT_THAT(
        cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", request),
        Fails(v1::REASON_TEXT_NOT_ALLOWED));
  }
}

// What a signature is over is understood whole, or nothing comes of it; and the service goes on.
TEST_P(RpcTest, C3_RefusesWhatSaysAThingTwiceAndRecordsNothing) {
  const int64_t before = system_.LastSequence();
  v1::RegisterPlotRequest id, area;
  id.set_request_id(RandomUuid());
  area.mutable_plot()->set_area_m2(2);
  const std::string once = Plot().SerializeAsString();
  const std::string plot = Plot().plot().SerializeAsString() + area.plot().SerializeAsString();
  const auto more = [&](std::string_view name) {
    return StrCat(R"({"requestId":")", RandomUuid(), R"(","plot":{"name":"一号地",)",
                  R"("kind":"PLOT_KIND_FIELD","township":"碧城镇","areaM2":"1",")", name,
                  R"(":"2"}})");
  };
  struct Body {
    std::string bytes;
    bool json;
    const char* detail;
  };
  const Body bodies[] = {
      {once + id.SerializeAsString(), false, "request_id is there twice"},
      {once + area.SerializeAsString(), false, "plot is there twice"},
      {"\x12" + std::string(1, static_cast<char>(plot.size())) + plot, false,
       "area_m2 is there twice"},
      {more("areaM2"), true, "areaM2 is there twice"},
      {more("area_m2"), true, "area_m2 is there twice"},
      {std::string(100'000, '\x0b') + std::string(100'000, '\x0c'), false,
       "not a protobuf message"},
      {std::string(10'000, '[') + std::string(10'000, ']'), true, "a list holds null or a list"}};
  for (const auto& [body, json, detail] : bodies) {
    rpc::Incoming incoming = Signed(cooperative_, kRegisterPlot, Plot());
    incoming.body = body;
    incoming.json = json;
    Sign(cooperative_, &incoming);
    const auto refused = Send(incoming);
    EXPECT_THAT(refused, Fails(v1::REASON_MALFORMED)) << detail;
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(domain::DetailsOf(refused.status())["detail"], detail);
  }
  EXPECT_EQ(system_.LastSequence(), before);
  rpc::Incoming good = Signed(cooperative_, kRegisterPlot, Plot());
  good.json = true;
  good.body = more("parent");
  Sign(cooperative_, &good);
  EXPECT_THAT(Send(good), Fails(v1::REASON_UNKNOWN_FIELD));
  EXPECT_OK(Send(Signed(cooperative_, kRegisterPlot, Plot())));
}

TEST_P(RpcTest, RefusesAMethodThatDoesNotExist) {
  rpc::Incoming incoming = Signed(cooperative_, "/suyuan.v1.RegistryService/Nothing", Plot());
  EXPECT_THAT(Send(incoming), HasCode(absl::StatusCode::kUnimplemented));
}

TEST_P(RpcTest, KeepsWhatItAcknowledgedOverARestart) {
  const auto plot =
      cooperative_.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", Plot());
  ASSERT_OK(plot);
  system_.Restart();
  v1::GetPlotRequest get;
  get.set_name(plot->plot());
  get.set_min_sequence(plot->receipt().sequence());
  // The channel finds the server again by itself.
  absl::StatusOr<v1::Plot> got = absl::UnavailableError("");
  for (int i = 0; i < 100 && absl::IsUnavailable(got.status()); ++i) {
    got = cooperative_.Call<v1::Plot>("RegistryService/GetPlot", get);
  }
  ASSERT_OK(got);
  EXPECT_EQ(got->claim().name(), "一号地");
}

// Stopping drains: a call is answered and on disk, or was never taken.
TEST_P(RpcTest, LosesNothingWhenItStopsUnderLoad) {
  constexpr int kThreads = 4;
  constexpr int kPlotsMax = 300;
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Actor actor("", "", cooperative_.options());
      for (int n = 0; n < kPlotsMax && !stopping; ++n) {
        if (actor.Call<v1::RegisterPlotResponse>("RegistryService/RegisterPlot", Plot()).ok()) {
          ++acknowledged;
        }
      }
    });
  }
  while (acknowledged < 40) std::this_thread::yield();
  system_.StopAll();
  stopping = true;
  for (std::thread& thread : threads) thread.join();
  system_.Restart();
  Actor actor("", "", cooperative_.options());
  v1::ListPlotsRequest list;
  list.set_party(cooperative_.party());
  list.set_page_size(1000);
  int found = 0;
  do {
    list.set_min_sequence(system_.LastSequence());
    const auto page = actor.Call<v1::ListPlotsResponse>("RegistryService/ListPlots", list);
    ASSERT_OK(page);
    found += page->plots_size();
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_GE(found, acknowledged);
}

INSTANTIATE_TEST_SUITE_P(Topologies, RpcTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
