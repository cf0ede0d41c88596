#include "cli/import.h"

#include <fstream>

#include "cli/command.h"
#include "services/domain/error.h"
#include "services/domain/id.h"
#include "services/domain/time.h"
#include "services/rpc/rules.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

using google::protobuf::Message;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string Name(const std::string& collection, int index) {
  return collection + "/" + domain::MakeId("0000", "", "", index);
}

// A server that answers every request with new names, and remembers what it was sent.
class FakeServer {
 public:
  Import::Send send() {
    return [this](const std::string&, const Message& request, Message* response) {
      sent.push_back(NewMessage(request.GetDescriptor()));
      sent.back()->CopyFrom(request);
      if (!refusal.ok()) return std::exchange(refusal, absl::OkStatus());
      Fill(request, response);
      return absl::OkStatus();
    };
  }
  std::string RequestId(size_t i) const {
    const auto* field = sent[i]->GetDescriptor()->FindFieldByName("request_id");
    return sent[i]->GetReflection()->GetString(*sent[i], field);
  }

  std::vector<std::unique_ptr<Message>> sent;
  absl::Status refusal;

 private:
  void Fill(const Message& request, Message* response) {
    const auto* type = response->GetDescriptor();
    const auto* reflection = response->GetReflection();
    const bool harvests = type->name() == "RegisterHarvestsResponse";
    const int count =
        harvests ? static_cast<const v1::RegisterHarvestsRequest&>(request).harvests_size() : 2;
    for (int i = 0; i < type->field_count(); ++i) {
      const auto* field = type->field(i);
      if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) continue;
      const std::string collection = CollectionOf(field->name());
      if (!field->is_repeated()) reflection->SetString(response, field, Name(collection, next_++));
      for (int k = 0; field->is_repeated() && k < count; ++k) {
        reflection->AddString(response, field, Name(collection, next_++));
      }
    }
  }
  int next_ = 100;
};

Import OpenKind(const std::string& kind, const std::vector<std::string>& header, IdMap* ids) {
  auto import = Import::Open(*FindImportKind(kind), header, ids);
  EXPECT_OK(import);
  return *std::move(import);
}

const std::vector<std::string> kHarvestHeader = {"key",  "product",  "plots",
                                                 "site", "quantity", "time"};
std::vector<std::string> Harvest(const std::string& key, const std::string& quantity) {
  return {key, "tomato", "p1;p2", "farm", quantity, "2026-11-02T07:40+08:00"};
}

class ImportTest : public testing::Test {
 protected:
  ImportTest() {
    EXPECT_OK(ids_.Learn("tomato", Name("products", 1)));
    EXPECT_OK(ids_.Learn("p1", Name("plots", 2)));
    EXPECT_OK(ids_.Learn("p2", Name("plots", 3)));
    EXPECT_OK(ids_.Learn("farm", Name("sites", 4)));
  }
  IdMap ids_;
  FakeServer server_;
};

TEST_F(ImportTest, EveryKindNamesFieldsOfItsRequestAndWords) {
  for (const ImportKind& kind : ImportKinds()) {
    std::vector<std::string> header, chinese;
    for (const ImportColumn& column : kind.columns) {
      header.push_back(column.name);
      chinese.push_back(column.chinese);
    }
    EXPECT_OK(Import::Open(kind, header, &ids_)) << kind.name;
    EXPECT_OK(Import::Open(kind, chinese, &ids_)) << kind.name;
    if (!kind.result.empty()) {
      EXPECT_NE(MethodOf(kind.method)->output_type()->FindFieldByName(kind.result), nullptr);
    }
  }
}

TEST_F(ImportTest, RefusesAColumnItDoesNotKnowButCarriesThoseOfPeople) {
  const ImportKind& kind = *FindImportKind("plots");
  EXPECT_THAT(Import::Open(kind, {"name", "colour"}, &ids_),
              test::HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Import::Open(kind, {"name", "名称"}, &ids_),
              test::HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(Import::Open(kind, {"name", "_remark", "代号"}, &ids_));
}

TEST_F(ImportTest, SendsFiveHundredHarvestsInOneRequest) {
  Import import = OpenKind("harvests", kHarvestHeader, &ids_);
  for (int i = 0; i < 501; ++i) {
    EXPECT_THAT(import.Add({i + 2, Harvest("h" + std::to_string(i), "5kg")}, server_.send()),
                IsEmpty());
  }
  EXPECT_THAT(import.Finish(server_.send()), IsEmpty());
  ASSERT_THAT(server_.sent, SizeIs(2));
  const auto& first = static_cast<const v1::RegisterHarvestsRequest&>(*server_.sent[0]);
  EXPECT_EQ(first.harvests_size(), 500);
  EXPECT_OK(rpc::CheckRules(first));
  EXPECT_THAT(first.harvests(0).plots(), ElementsAre(Name("plots", 2), Name("plots", 3)));
  EXPECT_EQ(import.counts().rows, 501);
  EXPECT_OK(ids_.Resolve("batches", "h500"));
}

// What makes an import safe to run again: the same rows are the same request.
TEST_F(ImportTest, TheSameRowsAreTheSameRequestAndOthersAreNot) {
  for (int run = 0; run < 2; ++run) {
    Import import = OpenKind("harvests", kHarvestHeader, &ids_);
    import.Add({2, Harvest("a", "5kg")}, server_.send());
    import.Finish(server_.send());
  }
  Import import = OpenKind("harvests", kHarvestHeader, &ids_);
  import.Add({2, Harvest("a", "6kg")}, server_.send());
  import.Finish(server_.send());
  ASSERT_THAT(server_.sent, SizeIs(3));
  EXPECT_TRUE(rpc::ValidUuid(server_.RequestId(0)));
  EXPECT_EQ(server_.RequestId(0), server_.RequestId(1));
  EXPECT_NE(server_.RequestId(0), server_.RequestId(2));
}

TEST_F(ImportTest, TwoEqualRowsOfOneTableAreTwoThings) {
  Import import = OpenKind("sites", {"name", "kind"}, &ids_);
  import.Add({2, { "门店", "shop" }}, server_.send());
  import.Add({3, { "门店", "shop" }}, server_.send());
  import.Finish(server_.send());
  ASSERT_THAT(server_.sent, SizeIs(2));
  EXPECT_NE(server_.RequestId(0), server_.RequestId(1));
}

TEST_F(ImportTest, ChecksNameLineColumnAndReasonOfEveryBadCell) {
  Import import = OpenKind("harvests", kHarvestHeader, &ids_);
  std::vector<std::string> row = Harvest("a", "many");
  row[3] = "nowhere";
  const auto problems = import.Check({7, row});
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].line, 7);
  EXPECT_EQ(problems[0].column, "site");
  EXPECT_EQ(problems[1].column, "quantity");
  EXPECT_EQ(domain::ReasonOf(problems[1].status), v1::REASON_QUANTITY_NOT_UNDERSTOOD);
}

TEST_F(ImportTest, ChecksTheRulesOfTheContractWithoutAServer) {
  Import import = OpenKind("plots", {"name", "kind", "area", "township"}, &ids_);
  const auto problems = import.Check({3, {"", "field", "5亩", "金山镇"}});
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].column, "name");
  EXPECT_EQ(domain::ReasonOf(problems[0].status), v1::REASON_FIELD_REQUIRED);
  EXPECT_THAT(import.Check({4, {"一号地", "field", "5亩", "金山镇"}}), IsEmpty());
  EXPECT_THAT(import.Check({5, {"二号地", "field", "5亩", "金山镇", "surplus"}}), SizeIs(1));
}

TEST_F(ImportTest, RowsMayReferToRowsAboveThemInTheSameTable) {
  const std::vector<std::string> header = {"key", "name", "kind", "parent"};
  Import check = OpenKind("sites", header, &ids_);
  const std::vector<std::string> hub = {"hub", "集散中心", "county_hub", ""};
  const std::vector<std::string> station = {"st", "金山站", "township_station", "hub"};
  EXPECT_THAT(check.Check({2, station}), SizeIs(1));
  EXPECT_THAT(check.Check({3, hub}), IsEmpty());
  EXPECT_THAT(check.Check({4, station}), IsEmpty());

  Import import = OpenKind("sites", header, &ids_);
  for (const auto& row : {hub, station})
    EXPECT_THAT(import.Add({2, row}, server_.send()), IsEmpty());
  EXPECT_THAT(import.Finish(server_.send()), IsEmpty());
  const auto& second = static_cast<const v1::RegisterSiteRequest&>(*server_.sent[1]);
  EXPECT_EQ(second.site().parent(), *ids_.Resolve("sites", "hub"));
}

const std::vector<std::string> kResultHeader = {"sampling", "method", "time",
                                                "analyte",  "value",  "limit"};
std::vector<std::string> Result(const std::string& sampling, const std::string& analyte,
                                const std::string& value) {
  return {sampling, "GB 23200.113-2018", "2026-11-03T16:00+08:00", analyte, value, "0.02 mg/kg"};
}

TEST_F(ImportTest, RowsOfOneSamplingAreOneResultWithItsVerdict) {
  ASSERT_OK(ids_.Learn("q1", Name("samplings", 6)));
  ASSERT_OK(ids_.Learn("q2", Name("samplings", 7)));
  Import import = OpenKind("results", kResultHeader, &ids_);
  import.Add({2, Result("q1", "毒死蜱", "<0.01 mg/kg")}, server_.send());
  import.Add({3, Result("q1", "氧乐果", "0.35 mg/kg")}, server_.send());
  import.Add({4, Result("q2", "毒死蜱", "<0.01 mg/kg")}, server_.send());
  import.Finish(server_.send());
  ASSERT_THAT(server_.sent, SizeIs(2));
  const auto& first = static_cast<const v1::RecordResultRequest&>(*server_.sent[0]);
  EXPECT_EQ(first.result().results_size(), 2);
  EXPECT_EQ(first.result().verdict(), claim::v1::VERDICT_NON_CONFORMANT);
  EXPECT_EQ(static_cast<const v1::RecordResultRequest&>(*server_.sent[1]).result().verdict(),
            claim::v1::VERDICT_CONFORMANT);
}

TEST_F(ImportTest, RowsOfOneGroupMustAgree) {
  ASSERT_OK(ids_.Learn("q1", Name("samplings", 6)));
  Import import = OpenKind("results", kResultHeader, &ids_);
  std::vector<std::string> other = Result("q1", "氧乐果", "0.35 mg/kg");
  other[1] = "GB 23200.121-2021";
  EXPECT_THAT(import.Check({2, Result("q1", "毒死蜱", "<0.01 mg/kg")}), IsEmpty());
  const auto problems = import.Check({3, other});
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].column, "method");
}

TEST_F(ImportTest, ARefusalNamesTheLinesOfItsRowsAndTheImportGoesOn) {
  Import import = OpenKind("harvests", kHarvestHeader, &ids_);
  server_.refusal = domain::ErrorOfRows(
      {{1, domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "harvests[1].plots[0]"}})}});
  import.Add({2, Harvest("a", "5kg")}, server_.send());
  import.Add({9, Harvest("b", "5kg")}, server_.send());
  const auto problems = import.Finish(server_.send());
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].line, 9);
  EXPECT_EQ(problems[0].column, "plots");
  EXPECT_EQ(import.counts().rows, 0);
  import.Add({10, Harvest("c", "5kg")}, server_.send());
  EXPECT_THAT(import.Finish(server_.send()), IsEmpty());
  EXPECT_EQ(import.counts().rows, 1);
}

// A request that lost one of its rows would say something nobody wrote.
TEST_F(ImportTest, ARequestWithARowThatCannotBeFilledIsNotSentAtAll) {
  ASSERT_OK(ids_.Learn("b1", Name("batches", 8)));
  Import import = OpenKind("shipments", {"key", "from", "to", "time", "batch", "quantity"}, &ids_);
  const auto row = [&](const std::string& batch) -> std::vector<std::string> {
    return {"s1", "farm", Name("sites", 9), "2026-11-03 16:00", batch, "5kg"};
  };
  EXPECT_THAT(import.Add({2, row("b1")}, server_.send()), IsEmpty());
  EXPECT_THAT(import.Add({3, row("refused before")}, server_.send()), SizeIs(1));
  EXPECT_THAT(import.Add({4, row("b1")}, server_.send()), IsEmpty());
  EXPECT_THAT(import.Finish(server_.send()), IsEmpty());
  EXPECT_THAT(server_.sent, IsEmpty());
}

TEST(IdMapTest, RemembersInItsFileAndTakesNamesAsTheyAre) {
  const test::TempDir dir;
  auto ids = IdMap::Load(dir / "ids.tsv");
  ASSERT_OK(ids);
  ASSERT_OK(ids->Learn("农场", Name("sites", 1)));
  ASSERT_OK(ids->Learn("农场", Name("sites", 2)));
  const auto again = IdMap::Load(dir / "ids.tsv");
  EXPECT_EQ(*again->Resolve("sites", "农场"), Name("sites", 2));
  EXPECT_EQ(*again->Resolve("sites", Name("sites", 3)), Name("sites", 3));
  EXPECT_THAT(again->Resolve("plots", "农场"), test::HasCode(absl::StatusCode::kNotFound));
  std::ofstream(dir / "bad.tsv") << "only one\n";
  EXPECT_THAT(IdMap::Load(dir / "bad.tsv"), test::HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace suyuan::cli
