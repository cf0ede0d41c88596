// What the log keeps is kept for ever: every field of every kept message stands in
// kept_messages.txt, and what stands there never changes. Only additions.
#include <cstdlib>
#include <functional>
#include <set>

#include "google/protobuf/descriptor.h"
#include "storage/base/text.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/rules/v1/rules.pb.h"
#include "suyuan/v1/complaint.pb.h"
#include "suyuan/v1/grading.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "suyuan/v1/inspection.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/recall.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "suyuan/v1/shipment.pb.h"
#include "tests/golden/golden.h"
#include "tests/support/test.h"

namespace suyuan::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The event, the request of every method that is kept, and that of the audit log's records.
std::vector<const Descriptor*> KeptRoots() {
  std::vector<const Descriptor*> roots = {event::v1::Event::descriptor(),
                                          event::v1::AccessReport::descriptor()};
  for (const auto* file :
       {v1::RegisterPartyRequest::descriptor()->file(), v1::EnrollKeyRequest::descriptor()->file(),
        v1::RegisterHarvestRequest::descriptor()->file(),
        v1::RecordSamplingRequest::descriptor()->file(),
        v1::GradeBatchRequest::descriptor()->file(), v1::ShipRequest::descriptor()->file(),
        v1::IssueLabelsRequest::descriptor()->file(), v1::OpenRecallRequest::descriptor()->file(),
        v1::AcceptComplaintRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service(0)->method_count(); ++i) {
      const auto* method = file->service(0)->method(i);
      if (method->options().GetExtension(rules::v1::method).mutation()) {
        roots.push_back(method->input_type());
      }
    }
  }
  return roots;
}

void Visit(const std::function<void(const FieldDescriptor&)>& visit) {
  VisitFields(KeptRoots(), visit);
}

void AddEnum(const google::protobuf::EnumDescriptor& type, std::set<std::string>& lines) {
  for (int i = 0; i < type.value_count(); ++i) {
    lines.insert(
        StrCat(type.full_name(), ".", type.value(i)->name(), " = ", type.value(i)->number()));
  }
}

std::set<std::string> LinesNow() {
  std::set<std::string> lines;
  Visit([&](const FieldDescriptor& field) {
    lines.insert(LineOf(field));
    if (field.enum_type() != nullptr) AddEnum(*field.enum_type(), lines);
  });
  return lines;
}

std::set<std::string> GoldenLines() { return LinesIn(SUYUAN_GOLDEN); }

TEST(KeptMessagesTest, NeverChangeAField) {
  const std::set<std::string> now = LinesNow();
  for (const std::string& line : GoldenLines()) {
    EXPECT_TRUE(now.contains(line)) << "kept for ever, and changed: " << line;
  }
}

// An addition is written down in the same commit: SUYUAN_UPDATE_GOLDEN=1 adds it to the file.
TEST(KeptMessagesTest, StandInTheGoldenFile) {
  std::set<std::string> golden = GoldenLines();
  const std::set<std::string> now = LinesNow();
  if (std::getenv("SUYUAN_UPDATE_GOLDEN") != nullptr) {
    golden.insert(now.begin(), now.end());
    WriteLines(SUYUAN_GOLDEN, golden);
  }
  for (const std::string& line : now) {
    EXPECT_TRUE(golden.contains(line)) << "not in kept_messages.txt: " << line;
  }
}

// No personal data and no secret in anything hashed or kept.
TEST(KeptMessagesTest, HoldNothingPersonalAndNoSecret) {
  Visit([](const FieldDescriptor& field) {
    const rules::v1::FieldRules& rules = field.options().GetExtension(rules::v1::field);
    EXPECT_FALSE(rules.personal()) << field.full_name();
    EXPECT_FALSE(rules.secret()) << field.full_name();
    EXPECT_FALSE(field.is_map()) << field.full_name();
    const auto type = field.cpp_type();
    EXPECT_TRUE(type != FieldDescriptor::CPPTYPE_DOUBLE && type != FieldDescriptor::CPPTYPE_FLOAT)
        << field.full_name();
  });
}

}  // namespace
}  // namespace suyuan::test
