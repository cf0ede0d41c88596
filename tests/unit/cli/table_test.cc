#include "cli/table.h"

#include <sstream>

#include "services/text/width.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

TEST(WidthTest, CountsWideCharactersTwiceAndMarksNotAtAll) {
  EXPECT_EQ(text::DisplayWidth("kg"), 2);
  EXPECT_EQ(text::DisplayWidth("千克"), 4);
  EXPECT_EQ(text::DisplayWidth("（ａ）"), 6);
  EXPECT_EQ(text::DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(text::DisplayWidth("\xFF"), 1);
}

TEST(TableTest, AlignsChineseAndLatinCells) {
  std::ostringstream out;
  Table table(&out, {"名称", "n"});
  table.Add({"番茄", "1"});
  table.Add({"tomato", "22"});
  table.Flush();
  EXPECT_EQ(out.str(),
            "名称    n\n"
            "番茄    1\n"
            "tomato  22\n");
}

TEST(TableTest, WritesNothingWithoutRows) {
  std::ostringstream out;
  Table(&out, {"a", "b"}).Flush();
  EXPECT_EQ(out.str(), "");
}

TEST(TableTest, DoesNotKeepRowsPastTheFirstHundreds) {
  std::ostringstream out;
  Table table(&out, {"n", "x"});
  for (size_t i = 0; i <= Table::kRowsKept; ++i) table.Add({"1", "y"});
  const size_t written = out.str().size();
  EXPECT_GT(written, 0);
  table.Add({"a long cell that came late", "z"});
  EXPECT_THAT(out.str().substr(written), "a long cell that came late  z\n");
}

TEST(FieldsTest, LeavesEmptyValuesOut) {
  std::ostringstream out;
  WriteFields(out, {{"名称", "番茄"}, {"GTIN", ""}, {"n", "1"}});
  EXPECT_EQ(out.str(), "名称  番茄\nn     1\n");
}

}  // namespace
}  // namespace suyuan::cli
