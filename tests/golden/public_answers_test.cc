// D5: what anybody may be told without a signature stands in public_answers.txt, field by field:
// scan pages and their JSON, what a complaint's ticket shows, proofs. A new field of any of their
// messages is told to nobody before somebody has written it down there, knowing that it is public.
#include <cstdlib>
#include <map>

#include "suyuan/rules/v1/rules.pb.h"
#include "tests/golden/golden.h"
#include "tests/support/methods.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// Methods of modules that the portal asks for whoever stands before it.
const std::set<std::string> kRelayed = {"LabelService.ScanLabel", "LabelService.CheckLabelPin",
                                        "ComplaintService.FileComplaint"};

std::string NameOf(const MethodDescriptor& method) {
  return StrCat(method.service()->name(), ".", method.name());
}

std::vector<const MethodDescriptor*> OpenMethods() {
  std::vector<const MethodDescriptor*> open;
  for (const MethodDescriptor* method : Methods()) {
    const auto permission = method->options().GetExtension(rules::v1::method).permission();
    if (permission == rules::v1::PERMISSION_PUBLIC || permission == rules::v1::PERMISSION_ENROLL ||
        kRelayed.contains(NameOf(*method))) {
      open.push_back(method);
    }
  }
  return open;
}

std::vector<const Descriptor*> Answers() {
  std::vector<const Descriptor*> answers;
  for (const MethodDescriptor* method : OpenMethods()) answers.push_back(method->output_type());
  return answers;
}

std::set<std::string> LinesNow() {
  std::set<std::string> lines;
  for (const MethodDescriptor* method : OpenMethods()) {
    lines.insert(StrCat(NameOf(*method), " answers ", method->output_type()->full_name()));
  }
  VisitFields(Answers(), [&](const FieldDescriptor& field) { lines.insert(LineOf(field)); });
  return lines;
}

// SUYUAN_UPDATE_GOLDEN=1 writes the file anew: whoever does says in his commit why that is public.
TEST(PublicAnswersTest, D5_HoldWhatTheGoldenFileListsAndNothingElse) {
  if (std::getenv("SUYUAN_UPDATE_GOLDEN") != nullptr) WriteLines(SUYUAN_PUBLIC, LinesNow());
  const std::set<std::string> golden = LinesIn(SUYUAN_PUBLIC), now = LinesNow();
  for (const std::string& line : now) {
    EXPECT_TRUE(golden.contains(line))
        << "told to anybody, and not in public_answers.txt: " << line;
  }
  for (const std::string& line : golden) {
    EXPECT_TRUE(now.contains(line)) << "in public_answers.txt, and told no more: " << line;
  }
  for (const std::string& method : kRelayed) {
    EXPECT_THAT(golden, testing::Contains(testing::StartsWith(method + " answers ")));
  }
}

// Which of these fields have rules as personal or secret, and why they are there.
const std::map<std::string, const char*>& Exceptions() {
  static const auto* fields = new std::map<std::string, const char*>{
      {"suyuan.v1.FileComplaintResponse.ticket", "shown once, to who filed it"},
      {"suyuan.v1.ComplaintContent.text", "GetComplaint's alone: ComplaintServiceTest.D5_…"},
      {"suyuan.v1.ComplaintContent.contact", "GetComplaint's alone: ComplaintServiceTest.D5_…"},
      {"suyuan.v1.ComplaintContent.code", "GetComplaint's alone: ComplaintServiceTest.D5_…"}};
  return *fields;
}

TEST(PublicAnswersTest, D5_HoldNothingPersonalAndNoSecret) {
  VisitFields(Answers(), [](const FieldDescriptor& field) {
    if (Exceptions().contains(field.full_name())) return;
    const rules::v1::FieldRules& rules = field.options().GetExtension(rules::v1::field);
    EXPECT_FALSE(rules.personal()) << field.full_name();
    EXPECT_FALSE(rules.secret()) << field.full_name();
  });
}

}  // namespace
}  // namespace suyuan::test
