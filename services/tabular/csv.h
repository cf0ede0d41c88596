// Tables from outside: CSV as RFC 4180 has it, in UTF-8 or GB18030, as spreadsheets write it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace suyuan::tabular {

constexpr size_t kFileSizeMax = 256 << 20;
constexpr size_t kCellsMax = 1000;      // In one row.
constexpr size_t kCellSizeMax = 65536;  // Bytes.

// One row. `columns` says at which character of its line each cell begins, counted from 1.
struct CsvRow {
  int line = 0;  // Where it begins, counted from 1.
  std::vector<std::string> cells;
  std::vector<int> columns;
};

// The text as UTF-8: without its byte order mark, or out of GB18030 where it is not UTF-8.
// INVALID_ARGUMENT: it is neither, and where.
absl::StatusOr<std::string> ToUtf8(std::string bytes);

// Reads rows one after the other; blank lines are passed over. Lines end with LF, CRLF or CR; a
// quoted cell may hold any of them. Thread-compatible.
class CsvReader {
 public:
  // `text`: UTF-8.
  explicit CsvReader(std::string text) : text_(std::move(text)) {}

  // The next row; nothing at the end. INVALID_ARGUMENT names line and column: a quote that is not
  // closed, text after a closing quote, a quote within a plain cell, a row past the limits.
  absl::StatusOr<std::optional<CsvRow>> Next();

 private:
  absl::Status ReadCell(CsvRow* row);
  absl::Status ReadQuoted(std::string* cell);
  absl::Status Bad(int line, int column, const std::string& chinese,
                   const std::string& english) const;
  bool AtLineEnd() const;
  void TakeLineEnd(std::string* into);
  void TakeCharacter(std::string* into);

  const std::string text_;
  size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

// One cell, quoted where it must be.
std::string CsvCell(const std::string& text);
// A line of a file, with its end.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace suyuan::tabular
