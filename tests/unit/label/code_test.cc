#include "services/label/code.h"

#include <set>

#include "services/document/qr.h"
#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::label {
namespace {

constexpr char kOrigin[] = "test/00112233445566778899aabbccddeeff";
constexpr char kRun[] = "labelRuns/T3ST0123456789ABCDEF";

HmacKey Key(char first = 0) {
  std::string key;
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(first + i));
  return HmacKey(key);
}

// Labels are printed: these may never change. Computed with Python's hmac, not with this code.
TEST(LabelCodeTest, IsWhatTheFormatSays) {
  EXPECT_EQ(CodeOf(Key(), kOrigin, kRun, 1), "QXZ372638MWMTAN37C79");
  EXPECT_EQ(CodeOf(Key(), kOrigin, kRun, 2), "QV6P6929WNRSV71QMQ44");
  EXPECT_EQ(CodeOf(Key(), kOrigin, kRun, 100000), "BBX0KT2ZBVYAY9KD63D3");
}

TEST(LabelCodeTest, DiffersByKeyLedgerRunAndNumber) {
  std::set<std::string> codes;
  for (const char first : {0, 1}) {
    for (const char* origin : {kOrigin, "test/0"}) {
      for (const char* run : {kRun, "labelRuns/T3ST0123456789ABCDEG"}) {
        for (const int number : {1, 2, 256, 65536}) {
          codes.insert(CodeOf(Key(first), origin, run, number));
        }
      }
    }
  }
  EXPECT_EQ(codes.size(), 32u);
  // Where one part ends and the next begins is part of what is derived.
  EXPECT_NE(CodeOf(Key(), "ab", "c", 1), CodeOf(Key(), "a", "bc", 1));
}

TEST(LabelCodeTest, TheCheckHoldsForItsKeyAndFindsEveryWrongCharacter) {
  const std::string code = CodeOf(Key(), kOrigin, kRun, 7);
  EXPECT_TRUE(CheckHolds(Key(), code));
  EXPECT_FALSE(CheckHolds(Key(1), code));
  for (size_t at = 0; at < kCodeSize; ++at) {
    for (const char c : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      std::string wrong = code;
      wrong[at] = c;
      EXPECT_EQ(CheckHolds(Key(), wrong), wrong == code) << wrong;
    }
  }
  EXPECT_FALSE(CheckHolds(Key(), code.substr(1)));
  EXPECT_FALSE(CheckHolds(Key(), ""));
}

TEST(LabelUrlTest, IsADigitalLinkWhereTheProductHasAGtin) {
  const std::string code = "QXZ372638MWMTAN37C79";
  EXPECT_EQ(LabelUrl("https://trace.example.cn", Gtin14("9520123456788"), code),
            "https://trace.example.cn/01/09520123456788/21/QXZ372638MWMTAN37C79");
  EXPECT_EQ(LabelUrl("http://localhost:7080", Gtin14(""), code),
            "http://localhost:7080/t/QXZ372638MWMTAN37C79");
}

TEST(LabelUrlTest, GtinsOfAnyLengthAreTheSameItem) {
  EXPECT_EQ(Gtin14("95050003"), "00000095050003");
  EXPECT_EQ(Gtin14("952012345678"), "00952012345678");
  EXPECT_EQ(Gtin14("09520123456788"), Gtin14("9520123456788"));
}

TEST(LabelUrlTest, OfABatchHasItsIdForALot) {
  EXPECT_EQ(BatchUrl("https://a.cn", "09520123456788", "SY010A2B3C4D5E6F7G8H"),
            "https://a.cn/01/09520123456788/10/SY010A2B3C4D5E6F7G8H");
  EXPECT_EQ(BatchUrl("https://a.cn", "", "SY010A2B3C4D5E6F7G8H"),
            "https://a.cn/b/SY010A2B3C4D5E6F7G8H");
}

// The host's budget is what keeps a symbol at 37 modules (45 with the quiet zone), whatever the
// code.
TEST(LabelUrlTest, AHostOfTheBudgetKeepsTheSymbolSmall) {
  const auto drawn = [](size_t host, int number) {
    const std::string base = "https://" + std::string(host - 3, 'a') + ".cn";
    return *document::QrSvg(LabelUrl(base, "09520123456788", CodeOf(Key(), kOrigin, kRun, number)));
  };
  for (int number = 1; number <= 200; ++number) {
    EXPECT_THAT(drawn(kHostMax, number), testing::HasSubstr("0 0 45 45")) << number;
  }
  EXPECT_THAT(drawn(kHostMax + 1, 1), testing::HasSubstr("0 0 49 49"));
}

}  // namespace
}  // namespace suyuan::label
