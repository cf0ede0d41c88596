// What is signed is understood whole, and says each thing once (C3, C13): of a field that stands
// there twice one reader takes the first and another the last.
#include "services/rpc/encoding.h"

#include "google/protobuf/unknown_field_set.h"
#include "google/protobuf/wire_format.h"
#include "services/domain/error.h"
#include "services/rpc/once.h"
#include "services/rpc/rules.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/origin.pb.h"
#include "suyuan/v1/registry.pb.h"
#include "tests/support/domain_world.h"
#include "tests/support/methods.h"

namespace suyuan::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::UnknownFieldSet;
using google::protobuf::internal::WireFormatLite;
using test::Fails;
using test::HasCode;

constexpr int kDepth = 4;  // Of what is filled; no request needs more to reach each of its types.

void Fill(Message* message, int depth);

// Adds one value to a list, or sets a field: none is its default.
void FillField(Message* message, const FieldDescriptor* field, int depth) {
  const Reflection* reflection = message->GetReflection();
  const bool list = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (depth > 0) {
        Fill(list ? reflection->AddMessage(message, field)
                  : reflection->MutableMessage(message, field),
             depth - 1);
      }
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      return list ? reflection->AddString(message, field, "x")
                  : reflection->SetString(message, field, "x");
    case FieldDescriptor::CPPTYPE_BOOL:
      return list ? reflection->AddBool(message, field, true)
                  : reflection->SetBool(message, field, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return list ? reflection->AddEnumValue(message, field, 1)
                  : reflection->SetEnumValue(message, field, 1);
    case FieldDescriptor::CPPTYPE_INT32:
      return list ? reflection->AddInt32(message, field, 1)
                  : reflection->SetInt32(message, field, 1);
    case FieldDescriptor::CPPTYPE_INT64:
      return list ? reflection->AddInt64(message, field, 1)
                  : reflection->SetInt64(message, field, 1);
    default:
      ADD_FAILURE() << field->full_name() << " is of a type no request has had";
  }
}

void Fill(Message* message, int depth) {
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    FillField(message, message->GetDescriptor()->field(i), depth);
  }
}

absl::Status Parse(std::string_view bytes, const Message& type, bool json = false) {
  const std::unique_ptr<Message> message(type.New());
  return ParseMessage(bytes, json, message.get());
}

// `field` stands once more in `message`, a part of `root`: what is said of `root` then.
absl::Status WithOneMore(const Message& root, Message* message, const FieldDescriptor* field) {
  UnknownFieldSet* more = message->GetReflection()->MutableUnknownFields(message);
  if (WireFormatLite::WireTypeForFieldType(static_cast<WireFormatLite::FieldType>(field->type())) ==
      WireFormatLite::WIRETYPE_VARINT) {
    more->AddVarint(field->number(), 1);
  } else {
    more->AddLengthDelimited(field->number(), "");
  }
  const absl::Status status = Parse(root.SerializeAsString(), root);
  more->Clear();
  return status;
}

// Each field of `message` and of what it holds, once more; how many were tried.
int TryEach(const Message& root, Message* message) {
  const Reflection* reflection = message->GetReflection();
  int tried = 0;
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const bool list = field->is_repeated();
    const bool choice = field->real_containing_oneof() != nullptr;  // One of which is there.
    const bool there = list ? reflection->FieldSize(*message, field) > 0
                            : choice || reflection->HasField(*message, field);
    if (!there) continue;
    const absl::Status status = WithOneMore(root, message, field);
    if (list) {
      EXPECT_OK(status) << field->full_name();
    } else {
      EXPECT_THAT(status, Fails(v1::REASON_MALFORMED)) << field->full_name();
      EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument));
    }
    ++tried;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!list && !reflection->HasField(*message, field)) continue;
    tried += TryEach(root, list ? reflection->MutableRepeatedMessage(message, field, 0)
                                : reflection->MutableMessage(message, field));
  }
  return tried;
}

TEST(EncodingTest, C3_AFieldTwiceIsRefusedInEachRequestAtAnyDepth) {
  int tried = 0;
  for (const auto* method : test::Methods()) {
    const std::unique_ptr<Message> request = test::New(method->input_type());
    Fill(request.get(), kDepth);
    ASSERT_OK(Parse(request->SerializeAsString(), *request)) << method->full_name();
    tried += TryEach(*request, request.get());
  }
  EXPECT_GE(tried, 500);
}

TEST(EncodingTest, C3_WhatIsNoProtobufIsRefused) {
  const v1::RegisterPlotRequest type;
  const std::string groups(100'000, '\x0b');
  for (const std::string& bytes :
       {groups, groups + std::string(100'000, '\x0c'), std::string("\xff\xff\xff"),
        std::string("\x12\x05x"), std::string("\x0c"), std::string("\x00\x00", 2),
        std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        std::string("\x0a\x01\xff")}) {
    EXPECT_THAT(Parse(bytes, type), Fails(v1::REASON_MALFORMED))
        << testing::PrintToString(bytes.substr(0, 20));
  }
}

absl::Status Read(std::string_view json) {
  v1::RegisterHarvestRequest request;
  RETURN_IF_ERROR(ParseMessage(json, /*json=*/true, &request));
  return CheckRules(request);
}

TEST(EncodingTest, C13_AMemberTwiceIsRefusedByWhicheverName) {
  for (const char* text :
       {R"({"requestId":"a","requestId":"a"})", R"({"requestId":"a","request_id":"b"})",
        R"({"harvest":{"site":"a","product":"b","site":"c"}})", R"({"harvest":{},"harvest":{}})",
        R"({"harvest":null,"harvest":{}})", R"({"harvest":{"plots":[],"plots":["p"]}})",
        R"({"harvest":{"occur":{"time":null, "time" : "2026-01-01T00:00:00Z"}}})"}) {
    const absl::Status status = Read(text);
    EXPECT_THAT(status, Fails(v1::REASON_MALFORMED)) << text;
    EXPECT_THAT(domain::DetailsOf(status)["detail"], testing::HasSubstr("twice")) << text;
  }
  // The same name in two objects is no such thing.
  v1::RegisterHarvestsRequest many;
  EXPECT_OK(ParseMessage(R"({"harvests":[{"site":"a"},{"site":"a"}]})", true, &many));
}

TEST(EncodingTest, C13_WhatIsNotJsonByTheLetterIsRefused) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("{'requestId':'a'}"),
                                  std::string(R"({requestId:"a"})"),
                                  std::string(R"({"requestId":"a",})"),
                                  std::string(R"({"requestId":"a"}{})"),
                                  std::string(R"({"requestId":"a" "harvest":{}})"),
                                  std::string(R"({"requestId" "a"})"),
                                  std::string("\xEF\xBB\xBF{}"),
                                  std::string("/* */{}"),
                                  std::string("{}\0", 3),
                                  std::string("{\"requestId\":\"a\nb\"}"),
                                  std::string(R"({"requestId":"a)"),
                                  std::string(R"({"requestId":"a\)"),
                                  std::string(R"({"requestId":)"),
                                  std::string("{"),
                                  std::string("["),
                                  std::string("]"),
                                  std::string(R"({"requestId":undefined})"),
                                  std::string(R"({"harvest":{"plots":["a" "b"]}})"),
                                  std::string(R"({"harvest":{"plots":["a",]}})"),
                                  std::string("{true:1}")}) {
    EXPECT_THAT(Read(text), Fails(v1::REASON_MALFORMED)) << text;
  }
  EXPECT_THAT(Read(R"({"request\u0049d":"a"})"), Fails(v1::REASON_UNKNOWN_FIELD));
  EXPECT_THAT(Read(R"({"":"a"})"), Fails(v1::REASON_UNKNOWN_FIELD));
  EXPECT_THAT(Read(R"({"a\r\nb":"a"})"), Fails(v1::REASON_UNKNOWN_FIELD));
}

TEST(EncodingTest, C13_DeepOrEndlessJsonIsRefused) {
  const auto repeated = [](std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const std::string& deep :
       {repeated("[", 10'000), repeated("[", 10'000) + repeated("]", 10'000),
        repeated("{\"harvest\":", 10'000), repeated("{\"harvest\":", kJsonDepthMax + 1) + "1",
        R"({"harvest":)" + repeated("[", kJsonDepthMax) + repeated("]", kJsonDepthMax) + "}"}) {
    const absl::Status status = Read(deep);
    EXPECT_THAT(status, Fails(v1::REASON_MALFORMED));
    EXPECT_THAT(domain::DetailsOf(status)["detail"],
                testing::AnyOf(testing::HasSubstr("deep"), testing::HasSubstr("a list")));
  }
  std::string keys = "{\"k\":0";
  for (int i = 0; i < 100'000; ++i) keys += StrCat(",\"k", i, "\":0");
  EXPECT_THAT(Read(keys + "}"), Fails(v1::REASON_UNKNOWN_FIELD));
  EXPECT_THAT(Read("{" + repeated("\"requestId\":\"\",", 100'000) + "\"requestId\":\"\"}"),
              Fails(v1::REASON_MALFORMED));
}

TEST(EncodingTest, C13_NumbersAndTextThatAreNoneAreRefused) {
  for (const char* amount : {"1e400",
                             "-1e400",
                             "1e19",
                             "1.5",
                             "9223372036854775808",
                             "01",
                             "+1",
                             "--1",
                             "1e",
                             "NaN",
                             "1e3",
                             "100000000.0",
                             "999999999999999.99",
                             "Infinity",
                             "\"NaN\"",
                             "0x10",
                             ".5",
                             "1.",
                             "1.e1",
                             "truer",
                             "-"}) {
    EXPECT_THAT(Read(StrCat(R"({"harvest":{"quantity":{"amount":)", amount, "}}}")),
                Fails(v1::REASON_MALFORMED))
        << amount;
  }
  for (const char* list :
       {R"(["plots/A",null])", R"([["plots/A"],["plots/B"]])", "[null]", "[[]]"}) {
    EXPECT_THAT(Read(StrCat(R"({"harvest":{"plots":)", list, "}}")), Fails(v1::REASON_MALFORMED))
        << list;
  }
  for (const char* text : {R"(\ud800)", R"(\udc00\ud800)", R"(a\ud83db)", "\xED\xA0\x80", "\xff",
                           R"(\u00)", R"(\u00g0)", R"(\x41)", R"(\)", R"(\u0000)"}) {
    const absl::Status status = Read(StrCat(R"({"requestId":")", text, R"(","harvest":{}})"));
    EXPECT_THAT(status, HasCode(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(status,
                testing::AnyOf(Fails(v1::REASON_MALFORMED), Fails(v1::REASON_TEXT_NOT_ALLOWED)))
        << text;
  }
}

}  // namespace
}  // namespace suyuan::rpc
