// A complaint from the form on a scan page to the officer's answer, and what is left of it where.
#include "services/domain/complaint.h"

#include <filesystem>
#include <regex>

#include "services/document/qr.h"
#include "services/portal/complaint_budget.h"
#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/files.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/label.pb.h"
#include "tests/support/chain.h"
#include "tests/support/command_line.h"
#include "tests/support/http.h"

namespace suyuan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

// What must stand nowhere in plain text.
constexpr char kText[] = "CANARY买来第二天就烂了，摊主姓李";
constexpr char kContact[] = "CANARY13987654321";

using Fields = std::vector<std::pair<std::string, std::string>>;

// As a browser sends it.
std::string FormOf(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    StrAppend(&body, "--B0undary\r\nContent-Disposition: form-data; name=\"", name, "\"");
    if (name == "photo") StrAppend(&body, "; filename=\"a.png\"\r\nContent-Type: image/png");
    StrAppend(&body, "\r\n\r\n", value, "\r\n");
  }
  return body + "--B0undary--\r\n";
}

std::string Photo() { return *document::QrPng("HTTPS://TRACE.EXAMPLE.CN/T/0", 8); }

class ComplaintServiceTest : public testing::TestWithParam<Topology> {
 protected:
  HttpAnswer Post(const Fields& fields, const std::map<std::string, std::string>& more = {}) {
    std::map<std::string, std::string> headers = {
        {"Content-Type", "multipart/form-data; boundary=B0undary"}};
    headers.insert(more.begin(), more.end());
    return Fetch(port(), "POST", "/complaint?lang=zh", headers, FormOf(fields));
  }
  HttpAnswer Get(const std::string& target) { return Fetch(port(), "GET", target); }
  // What somebody fills in who is in a hurry.
  Fields Filled(const std::string& about) const {
    return {{"id", RandomUuid()}, {"about", about}, {"kind", "2"}, {"text", kText}};
  }
  static std::string TicketIn(const HttpAnswer& answer) {
    EXPECT_EQ(answer.status, 303) << answer.body;
    const auto location = answer.headers.find("location");
    if (location == answer.headers.end()) return "";
    return location->second.substr(std::string("/complaint/").size(), 20);
  }
  std::string NameOf(const std::string& ticket) const {
    return domain::ComplaintOf(ticket.substr(0, 4), domain::TicketHash(ticket)).name();
  }
  // The code of a label of a batch of a cooperative in the county.
  std::string Code() {
    v1::IssueLabelsRequest issue;
    issue.set_request_id(RandomUuid());
    issue.mutable_run()->set_batch(batch_);
    issue.mutable_run()->set_count(2);
    const auto run = coop_.Call<v1::IssueLabelsResponse>("LabelService/IssueLabels", issue);
    EXPECT_OK(run);
    v1::ListLabelCodesRequest list;
    list.set_run(run->run());
    list.set_min_sequence(system_.LastSequence());
    const auto codes = coop_.Call<v1::ListLabelCodesResponse>("LabelService/ListLabelCodes", list);
    EXPECT_OK(codes);
    return codes->codes(0).code();
  }
  std::vector<v1::Complaint> List(Actor& actor, bool open = false, const std::string& batch = "") {
    v1::ListComplaintsRequest request;
    request.set_page_size(2);
    request.set_open(open);
    request.set_batch(batch);
    request.set_min_sequence(system_.LastSequence());
    return AllPages<v1::ListComplaintsResponse>(
        actor, "ComplaintService/ListComplaints", request, [](const auto& response) {
          return std::vector<v1::Complaint>(response.complaints().begin(),
                                            response.complaints().end());
        });
  }
  static absl::StatusOr<v1::Complaint> Show(Actor& actor, const std::string& name) {
    v1::GetComplaintRequest request;
    request.set_name(name);
    return actor.Call<v1::Complaint>("ComplaintService/GetComplaint", request);
  }
  absl::Status Accept(Actor& actor, const std::string& name) {
    auto request = Chain::New<v1::AcceptComplaintRequest>();
    request.mutable_acceptance()->set_complaint(name);
    *request.mutable_acceptance()->mutable_occur() = system_.Now();
    return actor.Call<v1::AcceptComplaintResponse>("ComplaintService/AcceptComplaint", request)
        .status();
  }
  absl::Status Reject(Actor& actor, const std::string& name) {
    auto request = Chain::New<v1::RejectComplaintRequest>();
    request.mutable_rejection()->set_complaint(name);
    request.mutable_rejection()->set_cause(claim::v1::COMPLAINT_REJECTION_CAUSE_OUTSIDE);
    *request.mutable_rejection()->mutable_occur() = system_.Now();
    return actor.Call<v1::RejectComplaintResponse>("ComplaintService/RejectComplaint", request)
        .status();
  }
  absl::Status Answer(Actor& actor, const std::string& name) {
    auto request = Chain::New<v1::AnswerComplaintRequest>();
    request.mutable_answer()->set_complaint(name);
    request.mutable_answer()->set_outcome(claim::v1::COMPLAINT_OUTCOME_CONFIRMED);
    request.mutable_answer()->set_text("已责令下架。");
    *request.mutable_answer()->mutable_occur() = system_.Now();
    return actor.Call<v1::AnswerComplaintResponse>("ComplaintService/AnswerComplaint", request)
        .status();
  }
  int port() { return system_.portal().http_port(); }

  System system_{GetParam()};
  Actor& coop_ = system_.AddParty("金山蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "532302");
  Actor& officer_ = system_.AddParty("禄丰监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532302");
  Actor& elsewhere_ = system_.AddParty("楚雄监管所", {claim::v1::PARTY_ROLE_REGULATOR}, "532301");
  const std::string batch_ =
      system_.Harvest(coop_, system_.AddProduct(coop_), system_.AddPlot(coop_),
                      system_.AddSite(coop_, claim::v1::SITE_KIND_FARM), 100);
};

// The message that tells how a complaint stands has room for what was said (D5).
TEST_P(ComplaintServiceTest, D5_WhoHasTheTicketLearnsNothingOfWhatWasSaid) {
  Fields fields = Filled("/t/" + Code());
  fields.insert(fields.end(), {{"contact", kContact}});
  v1::FollowComplaintRequest request;
  request.set_ticket(TicketIn(Post(fields)));
  for (Actor* actor : {&system_.stranger(), &officer_}) {
    const auto followed =
        actor->Call<v1::FollowComplaintResponse>("ComplaintService/FollowComplaint", request);
    ASSERT_OK(followed);
    EXPECT_EQ(followed->complaint().name(), NameOf(request.ticket()));
    EXPECT_FALSE(followed->complaint().has_content());
    EXPECT_THAT(followed->SerializeAsString(), Not(HasSubstr(kContact)));
  }
  const std::vector<v1::Complaint> listed = List(officer_);
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_FALSE(listed[0].has_content());
}

TEST_P(ComplaintServiceTest, GoesFromTheScanPageToTheAnswer) {
  const std::string code = Code();
  EXPECT_THAT(Get("/t/" + code).body, HasSubstr("href=\"?complain=1&amp;lang=zh\""));
  const HttpAnswer begun = Get("/t/" + code + "?complain=1&lang=en");
  EXPECT_EQ(begun.status, 303);
  EXPECT_EQ(begun.headers.at("location"), "/complaint?about=/t/" + code + "&lang=en");
  EXPECT_THAT(Get(begun.headers.at("location")).body, HasSubstr("About label " + code));

  Fields fields = Filled("/t/" + code);
  fields.insert(fields.end(), {{"contact", kContact}, {"photo", Photo() + "CANARY-PLACE"}});
  const std::string ticket = TicketIn(Post(fields));
  const std::string page = Get("/complaint/" + ticket).body;
  EXPECT_THAT(page, HasSubstr("举报已登记"));
  EXPECT_THAT(page, HasSubstr(ticket.substr(0, 4) + " " + ticket.substr(4, 4) + " "));
  EXPECT_THAT(page, Not(HasSubstr("CANARY")));

  const auto shown = Show(officer_, NameOf(ticket));
  ASSERT_OK(shown);
  EXPECT_EQ(shown->content().text(), kText);
  EXPECT_EQ(shown->content().contact(), kContact);
  EXPECT_EQ(shown->content().code(), code);
  EXPECT_EQ(shown->batch(), batch_);
  EXPECT_EQ(shown->party(), coop_.party());
  EXPECT_EQ(shown->kind(), claim::v1::COMPLAINT_KIND_SPOILED);
  EXPECT_EQ(shown->photos(), 1);
  v1::GetComplaintPhotoRequest photo;
  photo.set_name(NameOf(ticket));
  photo.set_number(1);
  const auto got =
      officer_.Call<v1::GetComplaintPhotoResponse>("ComplaintService/GetComplaintPhoto", photo);
  ASSERT_OK(got);
  EXPECT_THAT(got->photo(), StartsWith("\xff\xd8\xff"));
  EXPECT_THAT(got->photo(), Not(HasSubstr("CANARY")));
  photo.set_number(2);
  EXPECT_THAT(
      officer_.Call<v1::GetComplaintPhotoResponse>("ComplaintService/GetComplaintPhoto", photo),
      Fails(v1::REASON_NOT_FOUND));

  EXPECT_THAT(Answer(officer_, NameOf(ticket)), Fails(v1::REASON_COMPLAINT_STAGE));
  ASSERT_OK(Accept(officer_, NameOf(ticket)));
  EXPECT_THAT(Get("/complaint/" + ticket + "?lang=en").body, HasSubstr("being looked into"));
  ASSERT_OK(Answer(officer_, NameOf(ticket)));
  EXPECT_THAT(Reject(officer_, NameOf(ticket)), Fails(v1::REASON_COMPLAINT_STAGE));
  const std::string answered = Get("/complaint/" + ticket).body;
  EXPECT_THAT(answered, HasSubstr("已责令下架。"));
  EXPECT_THAT(answered, HasSubstr("禄丰监管所"));
  EXPECT_THAT(Get("/complaint/" + ticket + "?proof=file").body,
              StartsWith("c2sp.org/tlog-proof@v1"));
}

TEST_P(ComplaintServiceTest, IsOfTheOfficersOfThePartysPlace) {
  const std::string here = NameOf(TicketIn(Post(Filled("/t/" + Code()))));
  const std::string batch_wide =
      NameOf(TicketIn(Post(Filled("/b/" + batch_.substr(batch_.find('/') + 1)))));
  const std::string nowhere = NameOf(TicketIn(Post(Filled("/t/00000000000000000000"))));
  EXPECT_THAT(test::NamesOf(List(officer_)), ElementsAre(nowhere, batch_wide, here));
  EXPECT_THAT(test::NamesOf(List(officer_, true)), ElementsAre(here, batch_wide, nowhere));
  EXPECT_THAT(test::NamesOf(List(officer_, false, batch_)), ElementsAre(batch_wide, here));
  EXPECT_THAT(test::NamesOf(List(elsewhere_)), ElementsAre(nowhere));
  EXPECT_THAT(List(elsewhere_, false, batch_), IsEmpty());
  EXPECT_THAT(Show(elsewhere_, here), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Accept(elsewhere_, here), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Show(coop_, here), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Show(system_.operator_actor(), here), Fails(v1::REASON_NOT_ALLOWED));
  ASSERT_OK(Reject(officer_, here));
  ASSERT_OK(Accept(elsewhere_, nowhere));
  EXPECT_THAT(test::NamesOf(List(officer_, true)), ElementsAre(batch_wide, nowhere));
}

TEST_P(ComplaintServiceTest, ThatSomebodyReadItStandsInTheAuditLog) {
  const std::string name = NameOf(TicketIn(Post(Filled(""))));
  List(officer_);
  ASSERT_OK(Show(officer_, name));
  ASSERT_OK(Show(officer_, name));
  system_.Restart();  // What is summed until now is written.
  v1::GetCheckpointRequest newest;
  newest.set_log(v1::LOG_AUDIT);
  const auto checkpoint =
      system_.stranger().Call<v1::GetCheckpointResponse>("AuditService/GetCheckpoint", newest);
  ASSERT_OK(checkpoint);
  v1::ListAccessRequest request;
  request.set_party(officer_.party());
  request.set_min_sequence(checkpoint->size() - 1);
  const auto listed =
      system_.operator_actor().Call<v1::ListAccessResponse>("AuditService/ListAccess", request);
  ASSERT_OK(listed);
  std::map<std::string, int64_t> counts;
  for (const v1::Access& access : listed->accesses()) counts[access.method()] += access.count();
  EXPECT_EQ(counts["/suyuan.v1.ComplaintService/ListComplaints"], 1);
  EXPECT_EQ(counts["/suyuan.v1.ComplaintService/GetComplaint"], 2);
}

TEST_P(ComplaintServiceTest, ShowsWhatIsOverdue) {
  TicketIn(Post(Filled("/t/" + Code())));
  EXPECT_FALSE(List(officer_, true)[0].overdue());
  system_.clock().Advance(absl::Hours(24 * 30));
  EXPECT_TRUE(List(officer_, true)[0].overdue());
}

TEST_P(ComplaintServiceTest, WhatIsSentTwiceIsFiledOnce) {
  Fields fields = Filled("/t/" + Code());
  const std::string ticket = TicketIn(Post(fields));
  system_.Restart();
  EXPECT_EQ(TicketIn(Post(fields)), ticket);
  EXPECT_EQ(List(officer_).size(), 1u);
  fields[3].second = "另一件事";
  const HttpAnswer other = Post(fields);
  EXPECT_EQ(other.status, 409);
  EXPECT_THAT(other.body, HasSubstr("这份举报已经收下"));
  EXPECT_THAT(other.body, Not(HasSubstr(fields[0].second)));  // Another id: it can be sent again.
  EXPECT_THAT(other.body, HasSubstr("另一件事"));
}

TEST_P(ComplaintServiceTest, AsksAgainForWhatIsMissingOrCannotBeUsed) {
  const auto expect = [this](Fields fields, size_t at, const std::string& value,
                             const std::string& says) {
    fields[at].second = value;
    const HttpAnswer answer = Post(fields);
    EXPECT_EQ(answer.status, 400) << says;
    EXPECT_THAT(answer.body, HasSubstr(says));
    EXPECT_THAT(answer.body, Not(HasSubstr("<script>")));
  };
  Fields fields = Filled("");
  fields.insert(fields.end(), {{"contact", ""}, {"code", ""}, {"photo", ""}});
  expect(fields, 0, "none", "没有看懂这份表单");
  expect(fields, 2, "", "请选择怎么了");
  expect(fields, 2, "99", "请选择怎么了");
  expect(fields, 3, " \r\n ", "请说说情况");
  std::string long_text;
  for (int i = 0; i < 1001; ++i) long_text += "长";
  expect(fields, 3, long_text, "请说说情况");
  expect(fields, 3, "a\xE2\x80\xAE b", "请说说情况");
  expect(fields, 3, "\xff\xfe", "请说说情况");
  expect(fields, 4, std::string(101, '1'), "联系方式最多");
  expect(fields, 5, "<script>", "码是 20 位");
  expect(fields, 6, "<svg onload=alert(1)>", "有一张照片不能用");
  expect(fields, 6, Photo().substr(0, 60), "有一张照片不能用");
  for (int i = 0; i < 3; ++i) fields.emplace_back("photo", Photo());
  expect(fields, 6, Photo(), "照片最多 3 张");
  EXPECT_THAT(List(officer_), IsEmpty());
  EXPECT_EQ(Show(officer_, NameOf(TicketIn(Post(fields))))->photos(), 3);
}

TEST_P(ComplaintServiceTest, TakesFormsOfItsOwnPageAlone) {
  const Fields fields = Filled("");
  EXPECT_EQ(Post(fields, {{"Sec-Fetch-Site", "cross-site"}}).status, 400);
  const auto send = [this](const std::string& type, const std::string& body) {
    return Fetch(port(), "POST", "/complaint", {{"Content-Type", type}}, body).status;
  };
  EXPECT_EQ(send("application/x-www-form-urlencoded", "kind=2&text=x"), 400);
  EXPECT_EQ(send("multipart/form-data; boundary=B0undary", "no form"), 400);
  EXPECT_EQ(Post(fields, {{"Sec-Fetch-Site", "same-origin"}}).status, 303);
  EXPECT_EQ(Get("/complaint/00000000000000000000").status, 404);
  EXPECT_EQ(Get("/complaint/x").status, 404);
  EXPECT_THAT(Get("/complaint?ticket=0000-0000-0000-0000-0000").headers.at("location"),
              StartsWith("/complaint/00000000000000000000?"));
}

// Photos make a form larger than anything else that is sent here.
TEST_P(ComplaintServiceTest, OnlyTheFormMayBeLarge) {
  Fields fields = Filled("");
  fields.emplace_back("photo", Photo() + std::string(4 << 20, 'x'));
  EXPECT_EQ(Post(fields).status, 303);
  const std::string body = FormOf(fields);
  const auto send = [&](const std::string& target, const std::string& sent) {
    return Fetch(port(), "POST", target,
                 {{"Content-Type", "multipart/form-data; boundary=B0undary"}}, sent)
        .status;
  };
  EXPECT_THAT(send("/t/00000000000000000000", body), testing::AnyOf(413, 0));
  EXPECT_THAT(send("/complaint", std::string(17 << 20, 'x')), testing::AnyOf(413, 0));
}

// What the form says a photo may have, to the byte; of one that has more no trace is left.
TEST_P(ComplaintServiceTest, APhotoOverFiveMegabytesIsRefusedByNameAndNothingIsKept) {
  const auto padded = [](size_t size) { return Photo() + std::string(size - Photo().size(), 'x'); };
  const int64_t before = system_.LastSequence();
  for (const auto& [lang, says] :
       {std::pair("zh", "有一张照片超过 5 MB"), std::pair("en", "A photo is larger than 5 MB")}) {
    for (const bool first : {true, false}) {
      Fields fields = Filled("/t/" + Code());
      fields.emplace_back("photo", first ? padded((5 << 20) + 1) : Photo());
      fields.emplace_back("photo", first ? Photo() : padded((5 << 20) + 1));
      const HttpAnswer answer =
          Fetch(port(), "POST", StrCat("/complaint?lang=", lang),
                {{"Content-Type", "multipart/form-data; boundary=B0undary"}}, FormOf(fields));
      EXPECT_EQ(answer.status, 400);
      EXPECT_THAT(answer.body, HasSubstr(says));
      EXPECT_THAT(answer.body, Not(HasSubstr("2500 万像素")));
      EXPECT_THAT(answer.body, HasSubstr(kText));  // What was typed is not lost.
    }
  }
  EXPECT_THAT(List(officer_), IsEmpty());
  EXPECT_EQ(system_.LastSequence() - before, 4);  // Four runs of labels, and nothing else.
  int kept = 0;
  for (const auto& entry : fs::recursive_directory_iterator(system_.dir() + "/vault")) {
    kept += entry.path().string().ends_with(".set");
  }
  EXPECT_EQ(kept, 0);
  Fields fields = Filled("");
  fields.emplace_back("photo", padded(5 << 20));
  EXPECT_EQ(Show(officer_, NameOf(TicketIn(Post(fields))))->photos(), 1);
}

TEST_P(ComplaintServiceTest, ANetworkHasItsBudget) {
  for (int i = 0; i < portal::kComplaintNetworkMax; ++i) {
    EXPECT_EQ(Post(Filled("")).status, 303);
  }
  const HttpAnswer more = Post(Filled(""));
  EXPECT_EQ(more.status, 429);
  EXPECT_THAT(more.body, HasSubstr("这里今天提交得太多"));
  EXPECT_THAT(more.body, HasSubstr(kText));  // What was typed is not lost.
  EXPECT_EQ(Post(Filled(""), {{"X-Forwarded-For", "203.0.113.7"}}).status, 303);
  system_.clock().Advance(absl::Hours(24));
  EXPECT_EQ(Post(Filled("")).status, 303);
}

TEST_P(ComplaintServiceTest, ContentIsDisclosedWithProofAndErased) {
  Fields fields = Filled("/t/" + Code());
  fields.emplace_back("contact", kContact);
  const std::string ticket = TicketIn(Post(fields));
  const auto shown = Show(officer_, NameOf(ticket));
  ASSERT_OK(shown);
  v1::DiscloseRequest disclose;
  disclose.set_person(StrCat("persons/", NameOf(ticket).substr(NameOf(ticket).find('/') + 1)));
  disclose.set_field(v1::PRIVATE_FIELD_CONTACT);
  disclose.set_sequence(shown->sequence());
  const auto ask = [&](Actor& actor) {
    return actor.Call<v1::DiscloseResponse>("IdentityService/Disclose", disclose);
  };
  const auto proven = ask(officer_);
  ASSERT_OK(proven);
  EXPECT_EQ(proven->value().value(), kContact);
  EXPECT_FALSE(proven->tlog_proof().empty());
  EXPECT_THAT(ask(elsewhere_), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(ask(coop_), Fails(v1::REASON_NOT_FOUND));
  auto erase = Chain::New<v1::EraseMemberRequest>();
  erase.mutable_erasure()->set_person(disclose.person());
  erase.mutable_erasure()->set_cause(claim::v1::Erasure::CAUSE_ASKED);
  const auto end = [&](Actor& actor) {
    erase.set_request_id(RandomUuid());
    return actor.Call<v1::EraseMemberResponse>("IdentityService/EraseMember", erase);
  };
  EXPECT_THAT(end(elsewhere_), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(end(coop_), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(end(officer_), Fails(v1::REASON_COMPLAINT_STAGE));  // It is to be decided on first.
  ASSERT_OK(Reject(officer_, NameOf(ticket)));
  EXPECT_OK(end(officer_));
  const auto erased = Show(officer_, NameOf(ticket));
  ASSERT_OK(erased);
  EXPECT_TRUE(erased->erased());
  EXPECT_FALSE(erased->has_content());
  EXPECT_EQ(Get("/complaint/" + ticket).status, 200);  // It was filed.
}

TEST_P(ComplaintServiceTest, ContentIsErasedThreeYearsAfterItWasClosed) {
  const std::string closed = NameOf(TicketIn(Post(Filled(""))));
  const std::string open = NameOf(TicketIn(Post(Filled(""))));
  ASSERT_OK(Reject(officer_, closed));
  // All keys of today are too old by then: whoever files the next one is who sweeps.
  const auto content = [this](const std::string& name, absl::Duration later) {
    system_.clock().Advance(later);
    TicketIn(Post(Filled("")));
    for (const auto& entry : fs::recursive_directory_iterator(system_.dir() + "/vault")) {
      const std::string path = entry.path();
      if (path.ends_with(".set") && path.find(name.substr(name.find('/') + 1)) != path.npos) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(content(closed, absl::Hours(24 * 1094)));
  EXPECT_FALSE(content(closed, absl::Hours(24 * 2)));
  EXPECT_TRUE(content(open, absl::ZeroDuration()));
}

INSTANTIATE_TEST_SUITE_P(Topologies, ComplaintServiceTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

// Files in which a text stands.
std::vector<std::string> Holding(const std::string& dir, const std::string& text) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = ledger::ReadWholeFile(entry.path());
    if (bytes.ok() && bytes->find(text) != std::string::npos) files.push_back(entry.path());
  }
  return files;
}

// From the command line, and what the disk has afterwards.
TEST(ComplaintCommandTest, AnOfficerDecidesAndNothingPersonalIsInTheLog) {
  System system(Topology::kOneProcess);
  CommandLine line(&system);
  line.AddParty("监管所", "regulator");
  const Fields fields = {{"id", RandomUuid()},  {"about", ""},
                         {"kind", "4"},         {"text", kText},
                         {"contact", kContact}, {"photo", Photo() + "CANARY-PLACE"}};
  testing::internal::CaptureStderr();
  const HttpAnswer filed =
      Fetch(system.portal().http_port(), "POST", "/complaint",
            {{"Content-Type", "multipart/form-data; boundary=B0undary"}}, FormOf(fields));
  ASSERT_EQ(filed.status, 303);
  const std::string ticket = filed.headers.at("location").substr(11, 20);
  const auto run = [&](std::vector<std::string> arguments) {
    const Ran ran = line.Run("监管所", std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran;
  };
  const std::string sequence = StrCat(system.LastSequence());
  const Ran list = run({"complaint", "list", "--open", "yes", "--min-sequence", sequence});
  const std::string name =
      list["complaints"].list_value().values(0).struct_value().fields().at("name").string_value();
  const Ran show = run({"complaint", "show", name});
  EXPECT_EQ(show["content"].struct_value().fields().at("text").string_value(), kText);
  run({"complaint", "photo", name, "--out", line.path("photo.jpg")});
  EXPECT_THAT(*ledger::ReadWholeFile(line.path("photo.jpg")), StartsWith("\xff\xd8\xff"));
  run({"complaint", "accept", name});
  run({"complaint", "answer", name, "--outcome", "confirmed", "--text", "已责令下架。"});
  EXPECT_EQ(run({"complaint", "follow", ticket})["complaint"]
                .struct_value()
                .fields()
                .at("text")
                .string_value(),
            "已责令下架。");
  EXPECT_NE(line.Run("监管所", {"complaint", "reject", name, "--cause", "outside"}).code, 0);

  system.StopAll();
  const Ran verified = run({"store", "verify", system.dir()});
  EXPECT_TRUE(verified["verified"].bool_value()) << verified.out;
  EXPECT_THAT(Holding(system.dir(), "CANARY"), IsEmpty());
  EXPECT_THAT(Holding(system.dir(), ticket), IsEmpty());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("CANARY")));
}

}  // namespace
}  // namespace suyuan::test
