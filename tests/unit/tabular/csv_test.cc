#include "services/tabular/csv.h"

#include "tests/support/test.h"

namespace suyuan::tabular {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// All rows of a text; the test fails where one cannot be read.
std::vector<std::vector<std::string>> RowsOf(const std::string& text) {
  CsvReader reader(text);
  std::vector<std::vector<std::string>> rows;
  for (;;) {
    const auto row = reader.Next();
    EXPECT_OK(row);
    if (!row.ok() || !row->has_value()) return rows;
    rows.push_back((*row)->cells);
  }
}

std::string ErrorOf(const std::string& text) {
  CsvReader reader(text);
  for (;;) {
    const auto row = reader.Next();
    if (!row.ok()) return std::string(row.status().message());
    if (!row->has_value()) return "";
  }
}

TEST(CsvTest, ReadsWhatRfc4180Describes) {
  EXPECT_THAT(RowsOf("a,b\r\n\"x,\"\"y\"\"\r\nz\",\r\n"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("x,\"y\"\r\nz", "")));
}

TEST(CsvTest, ReadsTheLastLineWithoutItsEnd) {
  EXPECT_THAT(RowsOf("a\n1,2"), ElementsAre(ElementsAre("a"), ElementsAre("1", "2")));
}

TEST(CsvTest, PassesOverBlankLinesAndTakesEveryLineEnd) {
  EXPECT_THAT(RowsOf("\n\na\r1\r\n\n2\n"),
              ElementsAre(ElementsAre("a"), ElementsAre("1"), ElementsAre("2")));
}

TEST(CsvTest, KnowsTheLineARowBeginsInAfterACellOfSeveralLines) {
  CsvReader reader("h\n\"one\ntwo\"\nlast\n");
  ASSERT_OK(reader.Next());
  EXPECT_EQ((*reader.Next())->line, 2);
  EXPECT_EQ((*reader.Next())->line, 4);
}

TEST(CsvTest, CountsColumnsInCharactersNotBytes) {
  CsvReader reader("番茄,\"豇豆\",x\n");
  EXPECT_THAT((*reader.Next())->columns, ElementsAre(1, 4, 9));
}

TEST(CsvTest, NamesLineAndColumnOfAQuoteThatIsNotClosed) {
  EXPECT_THAT(ErrorOf("a,b\n1,\"two\n3\n"), HasSubstr("line 2, column 3"));
}

TEST(CsvTest, RefusesTextAfterAClosingQuote) {
  EXPECT_THAT(ErrorOf("\"a\"b\n"), HasSubstr("line 1, column 4"));
}

TEST(CsvTest, RefusesAQuoteWithinAPlainCell) {
  EXPECT_THAT(ErrorOf("a\nx,y\"z\n"), HasSubstr("line 2, column 4"));
}

TEST(CsvTest, RefusesARowOfTooManyCells) {
  EXPECT_THAT(ErrorOf(std::string(kCellsMax, ',') + "\n"), HasSubstr("too many"));
}

TEST(CsvTest, WritesWhatItReadsBack) {
  const std::vector<std::string> cells = {"", "a,b", "say \"x\"", "two\nlines", "番茄"};
  EXPECT_THAT(RowsOf(CsvLine(cells)), ElementsAre(cells));
}

TEST(EncodingTest, DropsAByteOrderMark) {
  EXPECT_EQ(*ToUtf8("\xEF\xBB\xBF"
                    "番茄"),
            "番茄");
}

// 番茄 and the four-byte U+20087 as GB18030 has them (iconv).
TEST(EncodingTest, ConvertsGb18030) {
  EXPECT_EQ(*ToUtf8("\xB7\xAC\xC7\xD1,1\n"), "番茄,1\n");
  EXPECT_EQ(*ToUtf8("\x95\x32\x90\x31"), "\U00020087");
}

TEST(EncodingTest, NamesTheLineOfWhatIsNeitherEncoding) {
  const auto text = ToUtf8("a\nb\n\xFF\xFF\n");
  ASSERT_THAT(text, test::HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("line 3"));
}

}  // namespace
}  // namespace suyuan::tabular
