// Rows for people: aligned, a Chinese character counted as two columns.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace suyuan::cli {

// Widths are those of the first kRowsKept rows; later rows are written as they come, so that a
// scope of a hundred thousand batches is not kept. Thread-compatible.
class Table {
 public:
  static constexpr size_t kRowsKept = 200;

  // `out` must outlive the table.
  Table(std::ostream* out, std::vector<std::string> headers);
  ~Table() { Flush(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // As many cells as headers.
  void Add(std::vector<std::string> row);
  void Flush();
  size_t rows() const { return rows_; }

 private:
  void Write(const std::vector<std::string>& row);

  std::ostream* const out_;
  std::vector<std::vector<std::string>> kept_;  // Headers first.
  std::vector<int> widths_;                     // Empty until the first flush.
  size_t rows_ = 0;
};

// "name: value" lines, the values aligned. Empty values are left out.
void WriteFields(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace suyuan::cli
