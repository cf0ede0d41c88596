#include "services/tabular/csv.h"

#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::tabular {

absl::Status CsvReader::Bad(int line, int column, const std::string& chinese,
                            const std::string& english) const {
  return text::Problem(absl::StatusCode::kInvalidArgument,
                       StrCat("第 ", line, " 行第 ", column, " 列：", chinese),
                       StrCat("line ", line, ", column ", column, ": ", english));
}

bool CsvReader::AtLineEnd() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r';
}

void CsvReader::TakeLineEnd(std::string* into) {
  const bool pair = text_.compare(at_, 2, "\r\n") == 0;
  if (into != nullptr) into->append(text_, at_, pair ? 2 : 1);
  at_ += pair ? 2 : 1;
  ++line_;
  column_ = 1;
}

void CsvReader::TakeCharacter(std::string* into) {
  do {
    into->push_back(text_[at_++]);
  } while (at_ < text_.size() && (text_[at_] & 0xC0) == 0x80);
  ++column_;
}

absl::Status CsvReader::ReadQuoted(std::string* cell) {
  const int line = line_, column = column_;
  ++at_, ++column_;  // The opening quote.
  for (;;) {
    if (at_ == text_.size()) return Bad(line, column, "引号没有闭合", "the quote is not closed");
    if (cell->size() > kCellSizeMax) return Bad(line, column, "单元格过长", "the cell is too long");
    if (text_[at_] == '"') {
      ++at_, ++column_;
      if (at_ == text_.size() || text_[at_] != '"') return absl::OkStatus();
      TakeCharacter(cell);
    } else if (AtLineEnd()) {
      TakeLineEnd(cell);
    } else {
      TakeCharacter(cell);
    }
  }
}

absl::Status CsvReader::ReadCell(CsvRow* row) {
  std::string cell;
  row->columns.push_back(column_);
  if (row->columns.size() > kCellsMax) return Bad(line_, column_, "列数过多", "too many cells");
  if (at_ < text_.size() && text_[at_] == '"') {
    RETURN_IF_ERROR(ReadQuoted(&cell));
    if (!AtLineEnd() && text_[at_] != ',') {
      return Bad(line_, column_, "引号之后还有文字", "text follows the closing quote");
    }
  }
  while (!AtLineEnd() && text_[at_] != ',') {
    if (text_[at_] == '"') {
      return Bad(line_, column_, "未加引号的单元格里有引号", "a quote within an unquoted cell");
    }
    if (cell.size() > kCellSizeMax)
      return Bad(line_, column_, "单元格过长", "the cell is too long");
    TakeCharacter(&cell);
  }
  row->cells.push_back(std::move(cell));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CsvRow>> CsvReader::Next() {
  while (at_ < text_.size() && AtLineEnd()) TakeLineEnd(nullptr);
  if (at_ == text_.size()) return std::nullopt;
  CsvRow row;
  row.line = line_;
  for (;;) {
    RETURN_IF_ERROR(ReadCell(&row));
    if (AtLineEnd()) break;
    ++at_, ++column_;  // The comma.
  }
  if (at_ < text_.size()) TakeLineEnd(nullptr);
  return row;
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) StrAppend(&line, i == 0 ? "" : ",", CsvCell(cells[i]));
  return line + "\n";
}

}  // namespace suyuan::tabular
