#include "services/domain/quantity.h"

#include "services/domain/error.h"
#include "tests/support/domain_world.h"

namespace suyuan::domain {
namespace {

using claim::v1::UNIT_MICROLITRE;
using claim::v1::UNIT_MILLIGRAM;
using claim::v1::UNIT_PIECE;
using test::Fails;

TEST(QuantityTest, ReadsWhatPeopleType) {
  const struct {
    const char* text;
    Amount amount;
  } kTable[] = {
      {"1kg", {1'000'000, UNIT_MILLIGRAM}},
      {"3.5 kg", {3'500'000, UNIT_MILLIGRAM}},
      {"1200斤", {600'000'000, UNIT_MILLIGRAM}},
      {"1,200 公斤", {1'200'000'000, UNIT_MILLIGRAM}},
      {"０．５吨", {500'000'000, UNIT_MILLIGRAM}},
      {"１，２００斤", {600'000'000, UNIT_MILLIGRAM}},
      {"  2两 ", {100'000, UNIT_MILLIGRAM}},
      {"0.000001KG", {1, UNIT_MILLIGRAM}},
      {"30个", {30, UNIT_PIECE}},
      {"500ml", {500'000, UNIT_MICROLITRE}},
      {"1　L", {1'000'000, UNIT_MICROLITRE}},
      {"1000t", {1'000'000'000'000, UNIT_MILLIGRAM}},
  };
  for (const auto& row : kTable) {
    const absl::StatusOr<Amount> amount = ParseAmount(row.text);
    ASSERT_OK(amount) << row.text;
    EXPECT_EQ(*amount, row.amount) << row.text;
  }
}

TEST(QuantityTest, RefusesWhatItCannotReadExactly) {
  for (const char* text : {"",
                           "kg",
                           "1",
                           "1 stone",
                           "-1kg",
                           "+1kg",
                           "1e3kg",
                           "1..5kg",
                           ".5kg",
                           "1.kg",
                           "1,20kg",
                           "12,34,567kg",
                           ",100kg",
                           "1 000kg",
                           "0.0000001kg",
                           "0.5个",
                           "1kg kg",
                           "1斤半",
                           "NaNkg",
                           "0x10kg",
                           "1\0kg",
                           "٣kg",
                           "99999999999999999999kg"}) {
    EXPECT_THAT(ParseAmount(text), Fails(v1::REASON_QUANTITY_NOT_UNDERSTOOD)) << text;
  }
  EXPECT_THAT(ParseAmount("9999999999t"), Fails(v1::REASON_QUANTITY_OVERFLOW));
}

// What is quoted back is cut between characters: half of one would lose the reason with it.
TEST(AmountTest, QuotesALongChineseTextThatIsNoQuantity) {
  std::string text;
  for (int i = 0; i < 14; ++i) text += "斤";
  EXPECT_EQ(DetailsOf(ParseAmount(text).status())["entered"], text);
  EXPECT_THAT(ParseAmount("1\xe6\x96"), Fails(v1::REASON_QUANTITY_NOT_UNDERSTOOD));
}

TEST(QuantityTest, ReadsAreasRoundedDownToWholeSquareMetres) {
  EXPECT_EQ(*ParseArea("1亩"), 666);
  EXPECT_EQ(*ParseArea("3亩"), 2000);
  EXPECT_EQ(*ParseArea("12.5 亩"), 8333);
  EXPECT_EQ(*ParseArea("0.8公顷"), 8000);
  EXPECT_EQ(*ParseArea("300 m²"), 300);
  EXPECT_THAT(ParseArea("3kg"), Fails(v1::REASON_QUANTITY_NOT_UNDERSTOOD));
}

TEST(QuantityTest, ReadsResiduesInNanogramsPerKilogram) {
  EXPECT_EQ(*ParseResidue("0.05 mg/kg"), (Residue{false, 50'000}));
  EXPECT_EQ(*ParseResidue("<0.01 毫克/千克"), (Residue{true, 10'000}));
  EXPECT_EQ(*ParseResidue("＜ 10 µg/kg"), (Residue{true, 10'000}));
  EXPECT_THAT(ParseResidue("0.05"), Fails(v1::REASON_QUANTITY_NOT_UNDERSTOOD));
}

TEST(QuantityTest, PrintsWithoutTrailingZeros) {
  EXPECT_EQ(FormatAmount({3'500'000, UNIT_MILLIGRAM}, false), "3.5 kg");
  EXPECT_EQ(FormatAmount({3'000'000, UNIT_MILLIGRAM}, true), "3 千克");
  EXPECT_EQ(FormatAmount({1, UNIT_MILLIGRAM}, false), "0.000001 kg");
  EXPECT_EQ(FormatAmount({30, UNIT_PIECE}, true), "30 件");
}

TEST(QuantityTest, AnAmountMustBeWhatItsTextSays) {
  claim::v1::Quantity quantity = QuantityOf({600'000'000, UNIT_MILLIGRAM});
  quantity.set_entered("1200斤");
  EXPECT_OK(CheckQuantity(quantity));
  quantity.set_entered("1200kg");
  EXPECT_THAT(CheckQuantity(quantity), Fails(v1::REASON_QUANTITY_MISMATCH));
  EXPECT_THAT(CheckQuantity(QuantityOf({0, UNIT_MILLIGRAM})),
              Fails(v1::REASON_QUANTITY_NOT_POSITIVE));
  EXPECT_THAT(CheckQuantity(QuantityOf({kAmountMax + 1, UNIT_MILLIGRAM})),
              Fails(v1::REASON_QUANTITY_OVERFLOW));
}

}  // namespace
}  // namespace suyuan::domain
